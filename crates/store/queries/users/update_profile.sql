update users
   set username = $2, username_folded = $3, name = $4, updated_at = $5
 where id = $1
