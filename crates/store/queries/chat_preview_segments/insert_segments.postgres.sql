-- What all long episodes of a replica have grown by, in one statement. A tool phase that is run
-- again counts from 1 again and takes the place of what the first run had written.
insert into chat_preview_segments (
       created_at, chat_id, history_version, generation_attempt, from_seq, to_seq, data
)
select $2::bigint,
       (e ->> 'chat_id')::uuid,
       (e ->> 'history_version')::bigint,
       (e ->> 'generation_attempt')::bigint,
       (e ->> 'from_seq')::bigint,
       (e ->> 'to_seq')::bigint,
       (e ->> 'data')::jsonb
  from jsonb_array_elements($1::jsonb) with ordinality as rows (e, ord)
 order by ord
on conflict (chat_id, history_version, generation_attempt, from_seq) do update
   set to_seq = excluded.to_seq, data = excluded.data, created_at = excluded.created_at
