update api_keys
   set last_used = $2, expires_at = $3, updated_at = $2
 where id = $1
