insert into chat_acl_groups (chat_id, group_id, role, created_at)
values ($1, $2, $3, $4)
on conflict (chat_id, group_id) do update set role = excluded.role
