-- Runnable chats whose owner is gone: its runner has stopped beating or its replica is dead.
select c.id, c.snapshot_version, c.history_version, c.queue_version, c.retry_state_version,
       c.generation_attempt, c.status, c.archived, c.worker_id, c.runner_id
  from chats as c
 where c.worker_id is not null
   and c.archived = false
   and c.status in ('running', 'interrupting', 'requires_action')
   and (
     c.runner_id is null
     or not exists (
       select 1
         from chat_heartbeats as h
        where h.chat_id = c.id and h.runner_id = c.runner_id and h.beat_at >= $1
     )
     or not exists (
       select 1 from replicas as r where r.worker_id = c.worker_id and r.beat_at >= $2
     )
   )
 order by c.updated_at
 limit $3
/*skip*/
