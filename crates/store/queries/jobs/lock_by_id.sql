select id, organization_id, initiator_id, type, input, tags, worker_id, created_at, started_at,
       updated_at, completed_at, canceled_at, error, error_code, logs_length, logs_overflowed
  from jobs
 where id = $1
/*lock*/
