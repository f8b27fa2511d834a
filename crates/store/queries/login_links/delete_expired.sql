delete from login_links
 where expires_at < $1
