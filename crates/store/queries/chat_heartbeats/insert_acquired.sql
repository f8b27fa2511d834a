-- The first beat of chats that were acquired together.
insert into chat_heartbeats (chat_id, runner_id, worker_id, beat_at)
select id, /*p:uuid:$2*/, /*p:uuid:$3*/, /*p:int:$4*/
  from chats
 where id in /*in:uuid:$1*/
