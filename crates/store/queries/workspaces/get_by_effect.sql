select id, owner_id, organization_id, template_id, name, isolation, last_used_at, deleted, effect_id,
       created_at, updated_at
  from workspaces
 where effect_id = $1
