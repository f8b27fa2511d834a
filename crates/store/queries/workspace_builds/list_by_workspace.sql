select id, workspace_id, build_number, template_version_id, preset_id, transition, initiator_id, reason,
       job_id, provisioner_state, isolation, effect_id, created_at, updated_at
  from workspace_builds
 where workspace_id = $1
 order by build_number desc
 limit $2 offset $3
