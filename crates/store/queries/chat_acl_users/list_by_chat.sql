-- People whom a chat is shared with, by name.
select u.id, u.username, u.email, u.name, u.avatar_url, u.hashed_password, u.status, u.roles,
       u.login_type, u.is_system, u.is_service_account, u.last_seen_at, u.deleted, u.created_at,
       u.updated_at
  from chat_acl_users as a
  join users as u on u.id = a.user_id
 where a.chat_id = $1
   and u.deleted = false
 order by u.username_folded, u.id
