-- Completes a job without a worker: imported at once, hung, or canceled while it waited.
update jobs
   set started_at = case when /*p:bool:$5*/ then coalesce(started_at, $2) else started_at end,
       completed_at = $2, updated_at = $2, error = $3, error_code = $4
 where id = $1 and completed_at is null
