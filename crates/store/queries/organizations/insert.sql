insert into organizations (
  id, name, name_folded, display_name, is_default, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $6)
