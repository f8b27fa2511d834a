insert into template_version_presets (
  id, version_id, name, description, icon, is_default, created_at
) values ($1, $2, $3, $4, $5, $6, $7)
