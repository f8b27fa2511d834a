select id
  from chat_files
 where effect_id = $1
