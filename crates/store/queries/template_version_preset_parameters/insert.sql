insert into template_version_preset_parameters (preset_id, name, value)
values ($1, $2, $3)
