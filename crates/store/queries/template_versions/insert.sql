insert into template_versions (
  id, template_id, organization_id, name, job_id, spec, readme, message, provisioner,
  created_by, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
