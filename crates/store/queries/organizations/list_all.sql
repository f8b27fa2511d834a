select id, name, display_name, description, icon, is_default, created_at, updated_at
  from organizations
 order by name_folded
