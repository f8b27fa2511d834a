-- Subagents have none of their own, so a chat's children are all that have it as their root.
select count(*) as chats
  from chats
 where root_chat_id = $1
   and parent_chat_id is not null
   and archived = false
