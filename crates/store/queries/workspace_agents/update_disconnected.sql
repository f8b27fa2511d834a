-- Only while the closed connection is still the one on record: a newer one may have come.
update workspace_agents
   set disconnected_at = $2, updated_at = $2
 where id = $1 and last_connected_replica_id = $3 and last_connection_id = $4
   and disconnected_at is null
