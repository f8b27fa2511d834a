-- Of former owners, before a new one's first beat.
delete from chat_heartbeats
 where chat_id in /*in:uuid:$1*/
