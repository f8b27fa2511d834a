select count(*) as count
  from workspaces
 where (/*p:uuid:$1*/ is null or owner_id = $1) and deleted = false
