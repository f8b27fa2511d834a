select id, owner_id, organization_id, template_id, name, isolation, last_used_at, deleted, effect_id,
       created_at, updated_at
  from workspaces
 where (/*p:uuid:$1*/ is null or owner_id = $1) and deleted = false
 order by last_used_at desc, id
 limit $2 offset $3
