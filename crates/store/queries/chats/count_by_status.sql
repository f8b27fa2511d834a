select status, count(*) as chats
  from chats
 where archived = false
 group by status
 order by status
