update users
   set hashed_password = $2, updated_at = $3
 where id = $1
