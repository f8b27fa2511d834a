-- What all long episodes of a replica have grown by, in one statement. A tool phase that is run
-- again counts from 1 again and takes the place of what the first run had written.
insert into chat_preview_segments (
       created_at, chat_id, history_version, generation_attempt, from_seq, to_seq, data
)
select $2,
       unhex(json_extract(value, '$.chat_id')),
       json_extract(value, '$.history_version'),
       json_extract(value, '$.generation_attempt'),
       json_extract(value, '$.from_seq'),
       json_extract(value, '$.to_seq'),
       json_extract(value, '$.data')
  from json_each($1)
 where true
 order by key
on conflict (chat_id, history_version, generation_attempt, from_seq) do update
   set to_seq = excluded.to_seq, data = excluded.data, created_at = excluded.created_at
