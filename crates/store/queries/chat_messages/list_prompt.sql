-- What a model sees: the system rows, then everything since the newest summary. An answer before
-- an edit is not gone on after, so its response's id stays out. An edit takes a message that
-- people see; a deleted row of models alone is a charge and breaks nothing.
select m.id, m.chat_id, m.owner_id, m.revision, m.role, m.visibility, m.content,
       m.content_version, m.created_by, m.model_config_id, m.reasoning_effort, m.compressed,
       m.deleted, m.input_tokens, m.output_tokens, m.total_tokens, m.reasoning_tokens,
       m.cache_creation_tokens, m.cache_read_tokens, m.context_limit, m.total_cost_micros,
       m.runtime_ms,
       case when m.id > coalesce((
           select max(d.id)
             from chat_messages as d
            where d.chat_id = $1 and d.deleted = true and d.visibility <> 'model'
         ), 0)
         then m.provider_response_id
       end as provider_response_id,
       m.effect_id, m.created_at
  from chat_messages as m
 where m.chat_id = $1
   and m.deleted = false
   and m.visibility in ('model', 'both')
   and (
     (m.compressed = false and m.role = 'system')
     or m.id = coalesce((
         select max(s.id)
           from chat_messages as s
          where s.chat_id = $1
            and s.compressed = true
            and s.visibility = 'model'
            and s.deleted = false
       ), 0)
     or (m.compressed = false and m.id > coalesce((
         select max(s.id)
           from chat_messages as s
          where s.chat_id = $1
            and s.compressed = true
            and s.visibility = 'model'
            and s.deleted = false
       ), 0))
   )
 order by m.id
