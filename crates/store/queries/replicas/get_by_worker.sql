select worker_id, started_at, beat_at, relay_address
  from replicas
 where worker_id = $1
