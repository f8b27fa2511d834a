-- All but the files of a chat that were used last.
delete from chat_files
 where chat_id = $1
   and id not in (
     select id
       from chat_files
      where chat_id = $1
      order by used_at desc, id desc
      limit $2
   )
