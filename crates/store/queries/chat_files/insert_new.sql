insert into chat_files (
  id, owner_id, organization_id, chat_id, name, mimetype, size, effect_id, created_at, used_at,
  data
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
