-- The oldest job that waits, or whose worker has stopped beating: such a job is run again,
-- unless that is so long ago ($4) that the sweeper fails it. A worker never takes its own job
-- again: after a suspended process its beats are late, but its run of the job still lives.
update jobs
   set worker_id = $1, started_at = coalesce(started_at, $2), updated_at = $2
 where id = (
   select id
     from jobs
    where completed_at is null
      and type = 'workspace_build'
      and (worker_id is null or (worker_id <> $1 and updated_at < $3 and updated_at >= $4))
    order by created_at, id
    limit 1
    /*skip*/
 )
returning id, organization_id, initiator_id, type, input, tags, worker_id, created_at, started_at,
       updated_at, completed_at, canceled_at, error, error_code, logs_length, logs_overflowed
