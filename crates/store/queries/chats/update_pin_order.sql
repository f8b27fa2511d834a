-- A neighbour makes room. No version moves: the chat itself is as it was.
update chats
   set pin_order = $2
 where id = $1
