select a.id, a.resource_id, a.parent_id, a.name, a.operating_system, a.architecture, a.version,
       a.api_version, a.directory, a.expanded_directory, a.environment_variables, a.scripts,
       a.motd, a.connection_timeout_seconds, a.first_connected_at, a.last_connected_at,
       a.disconnected_at, a.last_connected_replica_id, a.last_connection_id, a.lifecycle_state,
       a.started_at, a.ready_at, a.deleted, a.created_at, a.updated_at
  from workspace_agents a
  join workspace_resources r on r.id = a.resource_id
  join workspace_builds b on b.job_id = r.job_id
 where b.id = $1 and a.deleted = false
 order by a.display_order, a.id
