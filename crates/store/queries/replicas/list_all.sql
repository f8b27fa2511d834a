select worker_id, started_at, beat_at, relay_address
  from replicas
 order by started_at desc, worker_id
