-- The first writer wins; everybody re-reads.
insert into site_configs (key, value, updated_at)
values ($1, $2, $3)
on conflict (key) do nothing
