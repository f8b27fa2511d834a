select name, value
  from workspace_build_parameters
 where build_id = $1
 order by name
