-- Before a group goes: what it shared is shared only if somebody else may still read it.
update chats
   set shared = exists (
         select 1 from chat_acl_users as u where u.chat_id = chats.root_chat_id
       ) or exists (
         select 1
           from chat_acl_groups as g
          where g.chat_id = chats.root_chat_id and g.group_id <> $1
       )
 where root_chat_id in (select a.chat_id from chat_acl_groups as a where a.group_id = $1)
