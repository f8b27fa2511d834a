-- Whether the owner of a chat is alive.
select h.beat_at as runner_beat_at, r.beat_at as replica_beat_at
  from chat_heartbeats as h
  join replicas as r on r.worker_id = h.worker_id
 where h.chat_id = $1 and h.runner_id = $2
