select id, hashed_secret, user_id, login_type, scopes, token_name, lifetime_seconds, last_used,
       expires_at, created_at, updated_at
  from api_keys
 where id = $1
