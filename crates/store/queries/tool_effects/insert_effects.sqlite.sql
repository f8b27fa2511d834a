-- The ledger rows of one assistant message, reserved in its own commit.
insert into tool_effects (
       chat_id, message_id, created_at, updated_at, effect_id, tool_call_id, tool_name,
       input_hash, target, agent_id, state
)
select $2, $3, $4, $5,
       unhex(json_extract(value, '$.effect_id')),
       json_extract(value, '$.tool_call_id'),
       json_extract(value, '$.tool_name'),
       json_extract(value, '$.input_hash'),
       json_extract(value, '$.target'),
       unhex(json_extract(value, '$.agent_id')),
       json_extract(value, '$.state')
  from json_each($1)
 where true
 order by key
