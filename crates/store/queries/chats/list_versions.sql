-- What the poller of streams and runners compares: the truth behind lost notifications.
select id, snapshot_version, history_version, queue_version, retry_state_version,
       generation_attempt, status, archived, worker_id, runner_id
  from chats
 where id in /*in:uuid:$1*/
