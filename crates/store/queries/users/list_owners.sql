select id, username, email, name, avatar_url, hashed_password, status, roles, login_type, is_system,
       is_service_account, last_seen_at, deleted, created_at, updated_at
  from users
 where id in /*in:uuid:$1*/
