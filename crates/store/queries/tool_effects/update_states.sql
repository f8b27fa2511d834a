-- Settles several at once, without their results.
update tool_effects
   set state = $3, updated_at = $4
 where chat_id = $1
   and effect_id in /*in:uuid:$2*/
   and state in ('reserved', 'starting', 'running')
