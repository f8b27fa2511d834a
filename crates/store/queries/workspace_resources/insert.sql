insert into workspace_resources (
  id, job_id, transition, type, name, metadata, created_at
) values ($1, $2, $3, $4, $5, $6, $7)
