delete from user_configs
 where user_id = $1 and key = $2
