insert into invites (id, secret_hash, roles, created_by, expires_at, created_at)
values ($1, $2, $3, $4, $5, $6)
