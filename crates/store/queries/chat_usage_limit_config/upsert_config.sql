insert into chat_usage_limit_config (id, enabled, default_limit_micros, period, updated_at)
values (1, $1, $2, $3, $4)
on conflict (id) do update
   set enabled = excluded.enabled, default_limit_micros = excluded.default_limit_micros,
       period = excluded.period, updated_at = excluded.updated_at
