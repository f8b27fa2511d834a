-- The pinned roots of a person, in the one order in which several chats are locked.
select id, pin_order
  from chats
 where owner_id = $1
   and parent_chat_id is null
   and archived = false
   and pin_order > 0
 order by id
/*lock*/
