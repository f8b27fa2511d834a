update jobs
   set updated_at = $3
 where id = $1 and worker_id = $2 and completed_at is null
returning canceled_at
