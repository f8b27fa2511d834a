delete from chat_preview_segments
 where chat_id = $1
