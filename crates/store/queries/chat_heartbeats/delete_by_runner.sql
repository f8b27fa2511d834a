delete from chat_heartbeats
 where chat_id = $1 and runner_id = $2
