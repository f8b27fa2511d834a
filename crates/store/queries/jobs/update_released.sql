-- Nobody runs these any more: the next worker takes them up. Without $2 all of them, for a
-- process that owns the whole database.
update jobs
   set worker_id = null, updated_at = $1
 where completed_at is null and worker_id is not null
   and (/*p:uuid:$2*/ is null or worker_id = $2)
