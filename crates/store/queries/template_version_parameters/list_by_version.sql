select name, type, settings
  from template_version_parameters
 where version_id = $1
 order by display_order, name
