insert into group_members (group_id, user_id, created_at)
values ($1, $2, $3)
on conflict (group_id, user_id) do nothing
