-- Members of an organization by name; $2 is a pattern that a name must fit.
select u.id, u.username, u.email, u.name, u.avatar_url, u.hashed_password, u.status, u.roles,
       u.login_type, u.is_system, u.is_service_account, u.last_seen_at, u.deleted, u.created_at,
       u.updated_at, o.created_at as joined_at
  from organization_members as o
  join users as u on u.id = o.user_id
 where o.organization_id = $1
   and u.deleted = false
   and u.is_system = false
   and ($2 = '' or u.username_folded like $2 escape '\' or u.name_folded like $2 escape '\')
 order by u.username_folded, u.id
 limit $3 offset $4
