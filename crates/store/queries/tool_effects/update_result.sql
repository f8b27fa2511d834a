-- The known outcome of one effect; a settled one is never settled again.
update tool_effects
   set state = $3, result = $4, process_id = coalesce(/*p:text:$5*/, process_id), updated_at = $6
 where chat_id = $1
   and effect_id = $2
   and state in ('reserved', 'starting', 'running')
