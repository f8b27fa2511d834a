-- What a compaction could summarise.
select count(*) as messages
  from chat_messages as m
 where m.chat_id = $1
   and m.deleted = false
   and m.compressed = false
   and m.visibility in ('model', 'both')
   and m.role in ('assistant', 'tool')
   and m.id > coalesce((
         select max(s.id)
           from chat_messages as s
          where s.chat_id = $1
            and s.compressed = true
            and s.visibility = 'model'
            and s.deleted = false
       ), 0)
