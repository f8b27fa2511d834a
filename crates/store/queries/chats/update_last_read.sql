-- Moves forward only, and never touches a version: a cursor is nobody else's news.
update chats
   set last_read_message_id = $2
 where id = $1 and coalesce(last_read_message_id, 0) < $2
