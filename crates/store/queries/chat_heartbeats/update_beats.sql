-- One statement for everything a replica owns. A runner that does not come back here has lost
-- its chat.
update chat_heartbeats
   set beat_at = $2
 where worker_id = $1
returning chat_id, runner_id
