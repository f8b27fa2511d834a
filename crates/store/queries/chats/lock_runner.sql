-- For writes beside the door that only the present owner may make.
select runner_id, status
  from chats
 where id = $1
/*lock*/
