-- Nobody's, or somebody's who let it expire.
insert into chat_title_leases (chat_id, holder, expires_at)
values ($1, $2, $3)
on conflict (chat_id) do update
   set holder = excluded.holder, expires_at = excluded.expires_at
 where chat_title_leases.expires_at <= $4
