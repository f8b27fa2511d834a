-- Written before a request leaves. Only what has not been settled may start.
update tool_effects
   set state = 'starting', attempts = attempts + 1, agent_id = coalesce(/*p:uuid:$3*/, agent_id),
       updated_at = $4
 where chat_id = $1
   and effect_id in /*in:uuid:$2*/
   and state in ('reserved', 'starting', 'running')
returning effect_id
