insert into workspace_agents (
  id, resource_id, name, display_order, auth_token_hash, operating_system, architecture,
  directory, environment_variables, scripts, motd, connection_timeout_seconds, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
