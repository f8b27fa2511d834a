select id, created_at, stage, level, source, output
  from job_logs
 where job_id = $1 and id > $2
 order by id
 limit $3
