select id, owner_id, organization_id, template_id, name, isolation, last_used_at, deleted, effect_id,
       created_at, updated_at
  from workspaces
 where owner_id = $1 and name_folded = $2 and deleted = false
