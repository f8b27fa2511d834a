update workspace_agents
   set first_connected_at = coalesce(first_connected_at, $2), last_connected_at = $2,
       disconnected_at = null, last_connected_replica_id = $3, last_connection_id = $4,
       version = $5, api_version = $6, updated_at = $2
 where id = $1
