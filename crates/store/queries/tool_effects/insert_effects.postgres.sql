-- The ledger rows of one assistant message, reserved in its own commit.
insert into tool_effects (
       chat_id, message_id, created_at, updated_at, effect_id, tool_call_id, tool_name,
       input_hash, target, agent_id, state
)
select $2::uuid, $3::bigint, $4::bigint, $5::bigint,
       (e ->> 'effect_id')::uuid,
       e ->> 'tool_call_id',
       e ->> 'tool_name',
       e ->> 'input_hash',
       e ->> 'target',
       (e ->> 'agent_id')::uuid,
       e ->> 'state'
  from jsonb_array_elements($1::jsonb) with ordinality as rows (e, ord)
 order by ord
