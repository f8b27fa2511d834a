-- Workspaces whose latest build is a start that has not failed: their sockets are served.
select w.id as workspace_id, b.id as build_id
  from workspaces w
  join workspace_builds b on b.workspace_id = w.id
  join jobs j on j.id = b.job_id
 where w.deleted = false
   and b.transition = 'start'
   and b.build_number = (
     select max(n.build_number) from workspace_builds n where n.workspace_id = w.id
   )
   and j.started_at is not null
   and j.error is null
   and j.canceled_at is null
 order by w.id
