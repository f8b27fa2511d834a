delete from api_keys
 where expires_at < $1
