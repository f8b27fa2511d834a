insert into api_keys (
  id, hashed_secret, user_id, login_type, scopes, token_name, lifetime_seconds, last_used,
  expires_at, ip, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $10, $8, $9, $10, $10)
