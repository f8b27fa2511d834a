update chat_queued_messages
   set position = $3
 where chat_id = $1 and id = $2
