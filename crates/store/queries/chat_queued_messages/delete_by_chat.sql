delete from chat_queued_messages
 where chat_id = $1
