update workspace_builds
   set provisioner_state = $2, updated_at = $3
 where id = $1
