select id, owner_id, organization_id, template_id, name, isolation, last_used_at, deleted, effect_id,
       created_at, updated_at
  from workspaces
 where id = $1
/*lock*/
