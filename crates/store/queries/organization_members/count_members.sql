select count(*) as members
  from organization_members as o
  join users as u on u.id = o.user_id
 where o.organization_id = $1
   and u.deleted = false
   and u.is_system = false
   and ($2 = '' or u.username_folded like $2 escape '\' or u.name_folded like $2 escape '\')
