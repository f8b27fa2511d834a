update users
   set deleted = true, updated_at = $2
 where id = $1
