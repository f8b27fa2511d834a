-- Runnable chats that nobody owns, the longest waiting first. Locked ones are waited for, not
-- skipped: who holds such a chat for a moment may only be marking it as read, and the next hint
-- of it may never come.
select c.id, c.snapshot_version, c.history_version, c.queue_version, c.retry_state_version,
       c.generation_attempt, c.status, c.archived, c.worker_id, c.runner_id
  from chats as c
 where c.worker_id is null
   and c.archived = false
   and c.status in ('running', 'interrupting', 'requires_action')
 order by c.updated_at
 limit $1
/*lock*/
