delete from chat_preview_segments
 where created_at < $1
