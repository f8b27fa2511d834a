select id, organization_id, name, display_name, description, icon, provisioner, active_version_id,
       builtin_key, deprecated, deleted, created_by, created_at, updated_at
  from templates
 where id = $1
/*lock*/
