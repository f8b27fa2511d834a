insert into replicas (worker_id, started_at, beat_at, relay_address)
values ($1, $2, $3, $4)
on conflict (worker_id) do update
   set beat_at = excluded.beat_at, relay_address = excluded.relay_address
