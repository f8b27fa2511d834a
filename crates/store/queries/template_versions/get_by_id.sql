select id, template_id, organization_id, name, job_id, spec, readme, message, archived, provisioner,
       created_by, created_at, updated_at
  from template_versions
 where id = $1
