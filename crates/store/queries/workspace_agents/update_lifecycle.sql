update workspace_agents
   set lifecycle_state = $2, started_at = $3, ready_at = $4, updated_at = $5
 where id = $1
