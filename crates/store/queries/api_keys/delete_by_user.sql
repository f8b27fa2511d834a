delete from api_keys
 where user_id = $1
