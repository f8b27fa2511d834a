delete from chat_labels
 where chat_id = $1
