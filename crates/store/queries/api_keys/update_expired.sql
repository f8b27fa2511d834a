update api_keys
   set expires_at = $2, updated_at = $2
 where id = $1 and expires_at > $2
