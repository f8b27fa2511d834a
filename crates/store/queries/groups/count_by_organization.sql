select count(*) as count
  from groups
 where organization_id = $1
