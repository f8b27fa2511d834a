insert into chat_acl_users (chat_id, user_id, role, created_at)
values ($1, $2, $3, $4)
on conflict (chat_id, user_id) do update set role = excluded.role
