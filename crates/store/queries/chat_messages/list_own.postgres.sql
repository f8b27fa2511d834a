-- What one person has said in words in a chat, newest first. A message without text, such as
-- a file alone, takes no place of the limit.
select m.id, m.chat_id, m.owner_id, m.revision, m.role, m.visibility, m.content,
       m.content_version, m.created_by, m.model_config_id, m.reasoning_effort, m.compressed,
       m.deleted, m.input_tokens, m.output_tokens, m.total_tokens, m.reasoning_tokens,
       m.cache_creation_tokens, m.cache_read_tokens, m.context_limit, m.total_cost_micros,
       m.runtime_ms, m.provider_response_id, m.effect_id, m.created_at
  from chat_messages as m
 where m.chat_id = $1
   and m.created_by = $2
   and m.role = 'user'
   and m.compressed = false
   and m.deleted = false
   and m.visibility in ('user', 'both')
   and m.content @> '[{"type": "text"}]'
 order by m.id desc
 limit $3
