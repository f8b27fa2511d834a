select id
  from groups
 where id = $1
/*lock*/
