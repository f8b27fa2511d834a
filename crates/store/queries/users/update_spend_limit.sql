-- Who never spends has no limit: accounts of the system, and people who are gone.
update users
   set chat_spend_limit_micros = $2, updated_at = $3
 where id = $1
   and deleted = false
   and is_system = false
returning id, username, name, avatar_url, chat_spend_limit_micros
