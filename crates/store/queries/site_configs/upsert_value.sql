insert into site_configs (key, value, updated_at)
values ($1, $2, $3)
on conflict (key) do update
   set value = excluded.value, updated_at = excluded.updated_at
