-- Written before a request leaves. Only what has not been settled may start; what has started
-- before keeps the agent and the journal that were asked, which alone know it.
update tool_effects
   set state = case when state = 'reserved' then 'starting' else state end,
       attempts = attempts + 1,
       agent_id = case
         when state = 'reserved' then coalesce(/*p:uuid:$3*/, agent_id)
         else coalesce(agent_id, /*p:uuid:$3*/)
       end,
       effect_epoch = case
         when state = 'reserved' then /*p:text:$5*/
         else coalesce(effect_epoch, /*p:text:$5*/)
       end,
       updated_at = $4
 where chat_id = $1
   and effect_id in /*in:uuid:$2*/
   and state in ('reserved', 'starting', 'running')
returning effect_id
