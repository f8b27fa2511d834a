update jobs
   set canceled_at = coalesce(canceled_at, $2),
       completed_at = case when worker_id is null then $2 else completed_at end
 where id = $1 and completed_at is null
