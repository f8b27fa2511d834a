insert into workspaces (
  id, owner_id, organization_id, template_id, name, name_folded, last_used_at, effect_id,
  created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $7, $7)
