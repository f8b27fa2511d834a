insert into user_configs (user_id, key, value, updated_at)
values ($1, $2, $3, $4)
on conflict (user_id, key) do update
   set value = excluded.value, updated_at = excluded.updated_at
