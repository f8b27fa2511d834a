update users
   set chat_spend_limit_micros = null, updated_at = $2
 where id = $1
   and deleted = false
   and chat_spend_limit_micros is not null
