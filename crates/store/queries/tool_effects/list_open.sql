-- Effects of a chat whose outcome is not settled.
select effect_id, chat_id, message_id, tool_call_id, tool_name, input_hash, target, agent_id,
       process_id, state, result, attempts, created_at, updated_at, effect_epoch
  from tool_effects
 where chat_id = $1 and state in ('reserved', 'starting', 'running', 'detached')
 order by message_id, effect_id
