-- What to call those who run the deployment and may sign in.
select username, name
  from users
 where deleted = false
   and is_system = false
   and status <> 'suspended'
   and cast(roles as text) like '%"owner"%'
 order by id
 limit $1
