select data
  from chat_files
 where id = $1
