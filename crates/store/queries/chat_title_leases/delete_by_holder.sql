delete from chat_title_leases where chat_id = $1 and holder = $2
