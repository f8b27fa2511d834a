-- Before somebody leaves an organization: what was shared with them is shared only if somebody
-- else may still read it.
update chats
   set shared = exists (
         select 1
           from chat_acl_users as u
          where u.chat_id = chats.root_chat_id and u.user_id <> $2
       ) or exists (
         select 1 from chat_acl_groups as g where g.chat_id = chats.root_chat_id
       )
 where organization_id = $1
   and root_chat_id in (select a.chat_id from chat_acl_users as a where a.user_id = $2)
