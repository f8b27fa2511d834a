select id, user_id, expires_at, used_at
  from login_links
 where secret_hash = $1
