-- A chat and everything below it, in the one order in which families are locked. Subagents have
-- none of their own, so whatever is below a chat has it as its root.
select id
  from chats
 where id = $1 or (root_chat_id = $1 and parent_chat_id is not null)
 order by id
