select effect_id, chat_id, message_id, tool_call_id, tool_name, input_hash, target, agent_id,
       process_id, state, result, attempts, created_at, updated_at, effect_epoch
  from tool_effects
 where message_id = $1
 order by effect_id
