select from_seq, to_seq, data
  from chat_preview_segments
 where chat_id = $1 and history_version = $2 and generation_attempt = $3 and to_seq > $4
 order by from_seq
