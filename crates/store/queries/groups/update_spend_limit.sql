update groups
   set chat_spend_limit_micros = $2, updated_at = $3
 where id = $1
