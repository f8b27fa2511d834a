select id, username, name, avatar_url, chat_spend_limit_micros
  from users
 where chat_spend_limit_micros is not null
   and deleted = false
 order by username_folded, id
