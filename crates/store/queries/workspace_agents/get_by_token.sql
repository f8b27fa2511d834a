-- The agent behind a token, and whether the token still counts: its build is a start and the
-- workspace's latest, and the owner may still work.
select a.id, b.workspace_id,
       b.transition = 'start' and u.status <> 'suspended' and u.deleted = false
         and b.build_number = (
           select max(n.build_number) from workspace_builds n where n.workspace_id = b.workspace_id
         ) as is_live
  from workspace_agents a
  join workspace_resources r on r.id = a.resource_id
  join workspace_builds b on b.job_id = r.job_id
  join workspaces w on w.id = b.workspace_id
  join users u on u.id = w.owner_id
 where a.auth_token_hash = $1 and a.deleted = false and w.deleted = false
