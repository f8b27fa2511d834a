select created_at as joined_at
  from organization_members
 where organization_id = $1 and user_id = $2
