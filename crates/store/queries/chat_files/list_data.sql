-- The bytes of a chat's own files, whatever ids are asked for.
select id, data
  from chat_files
 where id in /*in:uuid:$1*/
   and chat_id = $2
