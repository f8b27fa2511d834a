update users
   set username = $2, username_folded = $3, name = $4, name_folded = $5, updated_at = $6
 where id = $1
