insert into workspace_build_parameters (build_id, name, value)
values ($1, $2, $3)
