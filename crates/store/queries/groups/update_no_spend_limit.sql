update groups
   set chat_spend_limit_micros = null, updated_at = $2
 where id = $1
   and chat_spend_limit_micros is not null
