select u.id, u.username, u.email, u.name, u.avatar_url, u.hashed_password, u.status, u.roles,
       u.login_type, u.is_system, u.is_service_account, u.last_seen_at, u.deleted, u.created_at,
       u.updated_at
  from group_members m
  join users u on u.id = m.user_id
 where m.group_id = $1 and u.deleted = false and u.is_system = false
 order by u.username_folded, u.id
 limit $2
