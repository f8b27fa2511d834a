-- The newest message that people see of a history.
select m.id
  from chat_messages as m
 where m.chat_id = $1
   and m.revision <= $2
   and m.deleted = false
   and m.visibility in ('user', 'both')
 order by m.id desc
 limit 1
