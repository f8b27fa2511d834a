update jobs
   set completed_at = $3, updated_at = $3, error = $4, error_code = $5,
       canceled_at = case when /*p:bool:$6*/ then coalesce(canceled_at, $3) else null end
 where id = $1 and worker_id = $2 and completed_at is null
