insert into organization_members (organization_id, user_id, roles, created_at)
values ($1, $2, $3, $4)
