delete from chat_acl_groups
 where chat_id = $1 and group_id = $2
