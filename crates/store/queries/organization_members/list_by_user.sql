select organization_id, roles
  from organization_members
 where user_id = $1
 order by organization_id
