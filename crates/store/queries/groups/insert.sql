insert into groups (
  id, organization_id, name, name_folded, display_name, avatar_url, quota_allowance, created_at,
  updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
