select id, resource_id, parent_id, name, operating_system, architecture, version, api_version,
       directory, expanded_directory, environment_variables, scripts, motd,
       connection_timeout_seconds, first_connected_at, last_connected_at, disconnected_at,
       last_connected_replica_id, last_connection_id, lifecycle_state, started_at, ready_at,
       deleted, created_at, updated_at
  from workspace_agents
 where id = $1
