insert into templates (
  id, organization_id, name, name_folded, display_name, description, icon, provisioner,
  active_version_id, builtin_key, created_by, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
