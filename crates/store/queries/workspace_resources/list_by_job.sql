select id, job_id, transition, type, name, hide, icon, metadata, created_at
  from workspace_resources
 where job_id = $1
 order by name, id
