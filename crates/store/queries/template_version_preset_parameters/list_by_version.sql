select p.preset_id, p.name, p.value
  from template_version_preset_parameters p
  join template_version_presets s on s.id = p.preset_id
 where s.version_id = $1
 order by p.preset_id, p.name
