-- All messages of one bundle, in order. A content arrives as a string: it is stored as it is.
insert into chat_messages (
       chat_id, owner_id, revision, content_version, created_at, role, visibility, content,
       created_by, model_config_id, reasoning_effort, compressed, deleted, input_tokens,
       output_tokens, total_tokens, reasoning_tokens, cache_creation_tokens, cache_read_tokens,
       context_limit, total_cost_micros, runtime_ms, provider_response_id, effect_id
)
select $2, $3, $4, $5, $6,
       json_extract(value, '$.role'),
       json_extract(value, '$.visibility'),
       json_extract(value, '$.content'),
       unhex(json_extract(value, '$.created_by')),
       unhex(json_extract(value, '$.model_config_id')),
       json_extract(value, '$.reasoning_effort'),
       json_extract(value, '$.compressed'),
       json_extract(value, '$.deleted'),
       json_extract(value, '$.input_tokens'),
       json_extract(value, '$.output_tokens'),
       json_extract(value, '$.total_tokens'),
       json_extract(value, '$.reasoning_tokens'),
       json_extract(value, '$.cache_creation_tokens'),
       json_extract(value, '$.cache_read_tokens'),
       json_extract(value, '$.context_limit'),
       json_extract(value, '$.total_cost_micros'),
       json_extract(value, '$.runtime_ms'),
       json_extract(value, '$.provider_response_id'),
       unhex(json_extract(value, '$.effect_id'))
  from json_each($1)
 where true
 order by key
returning id
