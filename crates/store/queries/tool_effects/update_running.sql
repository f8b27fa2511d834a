update tool_effects
   set state = 'running', process_id = coalesce(/*p:text:$3*/, process_id), updated_at = $4
 where chat_id = $1
   and effect_id = $2
   and state in ('starting', 'running')
