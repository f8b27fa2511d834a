-- Assistant messages since the user last spoke.
select count(*) as steps
  from chat_messages as m
 where m.chat_id = $1
   and m.deleted = false
   and m.compressed = false
   and m.role = 'assistant'
   and m.id > coalesce((
         select max(u.id)
           from chat_messages as u
          where u.chat_id = $1 and u.deleted = false and u.compressed = false and u.role = 'user'
       ), 0)
