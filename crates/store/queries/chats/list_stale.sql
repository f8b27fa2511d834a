-- Which of these locked chats have lost their owner, by what is committed now.
select c.id
  from chats as c
 where c.id in /*in:uuid:$1*/
   and c.worker_id is not null
   and (
     c.runner_id is null
     or not exists (
       select 1
         from chat_heartbeats as h
        where h.chat_id = c.id and h.runner_id = c.runner_id and h.beat_at >= $2
     )
     or not exists (
       select 1 from replicas as r where r.worker_id = c.worker_id and r.beat_at >= $3
     )
   )
