-- For what must not happen twice at once for one person.
select id
  from users
 where id = $1
/*lock*/
