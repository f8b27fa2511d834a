-- Tokens have a name; the session of id $2 stays.
delete from api_keys
 where user_id = $1 and token_name is null and id <> $2
