-- All of a chat but the newest ones.
delete from chat_debug_runs
 where chat_id = $1
   and id not in (
         select k.id
           from chat_debug_runs as k
          where k.chat_id = $1
          order by k.id desc
          limit $2
       )
