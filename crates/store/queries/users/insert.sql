insert into users (
  id, username, username_folded, email, email_folded, name, name_folded, hashed_password, status, roles,
  login_type, last_seen_at, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12)
