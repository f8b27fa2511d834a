delete from providers
 where id = $1
