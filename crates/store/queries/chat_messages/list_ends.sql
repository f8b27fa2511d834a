-- What people and the agent said at the beginning and at the end of a chat, in order.
select m.id, m.chat_id, m.owner_id, m.revision, m.role, m.visibility, m.content,
       m.content_version, m.created_by, m.model_config_id, m.reasoning_effort, m.compressed,
       m.deleted, m.input_tokens, m.output_tokens, m.total_tokens, m.reasoning_tokens,
       m.cache_creation_tokens, m.cache_read_tokens, m.context_limit, m.total_cost_micros,
       m.runtime_ms, m.provider_response_id, m.effect_id, m.created_at
  from chat_messages as m
 where m.chat_id = $1
   and m.role in ('user', 'assistant')
   and m.deleted = false
   and m.compressed = false
   and m.visibility in ('user', 'both')
   and (
     m.id in (
       select h.id
         from chat_messages as h
        where h.chat_id = $1
          and h.role in ('user', 'assistant')
          and h.deleted = false
          and h.compressed = false
          and h.visibility in ('user', 'both')
        order by h.id
        limit $2
     )
     or m.id in (
       select t.id
         from chat_messages as t
        where t.chat_id = $1
          and t.role in ('user', 'assistant')
          and t.deleted = false
          and t.compressed = false
          and t.visibility in ('user', 'both')
        order by t.id desc
        limit $3
     )
   )
 order by m.id
