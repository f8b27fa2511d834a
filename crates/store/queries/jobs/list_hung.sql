-- Started without a heartbeat since $1, or waiting since before $2.
select id, organization_id, initiator_id, type, input, tags, worker_id, created_at, started_at,
       updated_at, completed_at, canceled_at, error, error_code, logs_length, logs_overflowed
  from jobs
 where completed_at is null
   and ((worker_id is not null and updated_at < $1)
     or (worker_id is null and started_at is null and created_at < $2))
 order by created_at, id
/*skip*/
