-- Ownership alone: neither the history nor the list position moves.
update chats
   set snapshot_version = snapshot_version + 1, worker_id = $2, runner_id = $3
 where id in /*in:uuid:$1*/
