-- A chat and everything below it, in the one order in which families are locked.
select id
  from chats
 where id = $1 or parent_chat_id = $1 or root_chat_id = $1
 order by id
