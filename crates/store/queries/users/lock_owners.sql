-- Everybody who runs the deployment and may sign in, in one order for all who ask.
select id
  from users
 where deleted = false
   and is_system = false
   and status <> 'suspended'
   and cast(roles as text) like '%"owner"%'
 order by id
/*lock*/
