insert into template_version_parameters (version_id, name, display_order, type, settings)
values ($1, $2, $3, $4, $5)
