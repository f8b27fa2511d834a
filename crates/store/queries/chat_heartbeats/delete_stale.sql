delete from chat_heartbeats
 where beat_at < $1
