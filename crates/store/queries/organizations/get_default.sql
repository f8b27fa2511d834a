select id, name, display_name, description, icon, is_default, created_at, updated_at
  from organizations
 where is_default = true
