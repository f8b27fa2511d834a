-- All but the last uploads of a person that no message has used.
delete from chat_files
 where owner_id = $1
   and chat_id is null
   and id not in (
     select id
       from chat_files
      where owner_id = $1
        and chat_id is null
      order by used_at desc, id desc
      limit $2
   )
