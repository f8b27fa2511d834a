update workspace_agents
   set last_connected_at = $1, updated_at = $1
 where id in /*in:uuid:$2*/
   and last_connected_replica_id = $3 and disconnected_at is null and last_connected_at < $4
