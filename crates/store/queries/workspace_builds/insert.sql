insert into workspace_builds (
  id, workspace_id, build_number, template_version_id, preset_id, transition, initiator_id, reason,
  job_id, provisioner_state, effect_id, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
