insert into jobs (
  id, organization_id, initiator_id, type, input, tags, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $7)
