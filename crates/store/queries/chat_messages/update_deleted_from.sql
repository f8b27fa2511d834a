-- An edit removes a message and everything after it.
update chat_messages
   set deleted = true, revision = $3
 where chat_id = $1 and id >= $2 and deleted = false
