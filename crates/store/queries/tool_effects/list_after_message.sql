-- The unsettled effects of messages that an edit removes.
select effect_id, chat_id, message_id, tool_call_id, tool_name, input_hash, target, agent_id,
       process_id, state, result, attempts, created_at, updated_at, effect_epoch
  from tool_effects
 where chat_id = $1
   and message_id >= $2
   and state in ('reserved', 'starting', 'running')
 order by message_id, effect_id
