delete from groups
 where id = $1
