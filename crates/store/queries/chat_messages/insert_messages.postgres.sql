-- All messages of one bundle, in order. A content arrives as a string: it is stored as it is.
insert into chat_messages (
       chat_id, owner_id, revision, content_version, created_at, role, visibility, content,
       created_by, model_config_id, reasoning_effort, compressed, deleted, input_tokens,
       output_tokens, total_tokens, reasoning_tokens, cache_creation_tokens, cache_read_tokens,
       context_limit, total_cost_micros, runtime_ms, provider_response_id, effect_id
)
select $2::uuid, $3::uuid, $4::bigint, $5::bigint, $6::bigint,
       e ->> 'role',
       e ->> 'visibility',
       (e ->> 'content')::jsonb,
       (e ->> 'created_by')::uuid,
       (e ->> 'model_config_id')::uuid,
       e ->> 'reasoning_effort',
       (e ->> 'compressed')::boolean,
       (e ->> 'deleted')::boolean,
       (e ->> 'input_tokens')::bigint,
       (e ->> 'output_tokens')::bigint,
       (e ->> 'total_tokens')::bigint,
       (e ->> 'reasoning_tokens')::bigint,
       (e ->> 'cache_creation_tokens')::bigint,
       (e ->> 'cache_read_tokens')::bigint,
       (e ->> 'context_limit')::bigint,
       (e ->> 'total_cost_micros')::bigint,
       (e ->> 'runtime_ms')::bigint,
       e ->> 'provider_response_id',
       (e ->> 'effect_id')::uuid
  from jsonb_array_elements($1::jsonb) with ordinality as rows (e, ord)
 order by ord
returning id
