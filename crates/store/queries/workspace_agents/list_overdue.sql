-- Agents whose status has changed without a write: their time to connect ended in ($1, $2],
-- or their last sign of life is from ($3, $4].
select id
  from workspace_agents
 where deleted = false and first_connected_at is null and connection_timeout_seconds > 0
   and created_at + connection_timeout_seconds * 1000000 > $1
   and created_at + connection_timeout_seconds * 1000000 <= $2
union all
select id
  from workspace_agents
 where deleted = false and disconnected_at is null
   and last_connected_at > $3 and last_connected_at <= $4
