delete from replicas
 where worker_id = $1
