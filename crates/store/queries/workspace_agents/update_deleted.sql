update workspace_agents
   set deleted = true, updated_at = $2
 where deleted = false and resource_id in (
   select r.id
     from workspace_resources r
     join workspace_builds b on b.job_id = r.job_id
    where b.workspace_id = $1
 )
