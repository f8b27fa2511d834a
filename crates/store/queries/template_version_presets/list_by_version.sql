select id, name, description, icon, is_default
  from template_version_presets
 where version_id = $1
 order by name, id
