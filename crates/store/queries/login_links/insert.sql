insert into login_links (id, secret_hash, user_id, expires_at, created_at)
values ($1, $2, $3, $4, $5)
