-- Whoever leaves an organization no longer reads what its people shared with them.
delete from chat_acl_users
 where user_id = $2
   and chat_id in (select c.id from chats as c where c.organization_id = $1)
