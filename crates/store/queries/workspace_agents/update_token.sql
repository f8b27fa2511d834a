-- The driver is about to start the agent: its time to connect begins now.
update workspace_agents
   set auth_token_hash = $2, created_at = $3, updated_at = $3
 where id = $1
