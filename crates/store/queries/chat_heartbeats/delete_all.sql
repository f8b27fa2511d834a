-- At a start on the one data folder: see `chats/update_disowned`.
delete from chat_heartbeats
