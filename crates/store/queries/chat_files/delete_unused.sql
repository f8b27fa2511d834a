delete from chat_files
 where chat_id is null
   and used_at < $1
