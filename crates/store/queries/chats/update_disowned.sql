-- A start on the one data folder proves that every former owner is gone.
update chats
   set snapshot_version = snapshot_version + 1, worker_id = null, runner_id = null
 where worker_id is not null
