select b.workspace_id, b.id as build_id
  from workspace_agents a
  join workspace_resources r on r.id = a.resource_id
  join workspace_builds b on b.job_id = r.job_id
 where a.id = $1
