update workspace_builds
   set isolation = $2, updated_at = $3
 where id = $1
