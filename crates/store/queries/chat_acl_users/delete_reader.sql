delete from chat_acl_users
 where chat_id = $1 and user_id = $2
