-- The people who had models called from $1 on and before $2, the most expensive first; with $3,
-- those whose names are like it.
select u.id, u.username, u.name, u.avatar_url,
       count(*) as message_count,
       count(m.total_cost_micros) as priced_message_count,
       count(distinct c.root_chat_id) as chat_count,
       cast(coalesce(sum(m.total_cost_micros), 0) as bigint) as total_cost_micros,
       cast(coalesce(sum(m.input_tokens), 0) as bigint) as total_input_tokens,
       cast(coalesce(sum(m.output_tokens), 0) as bigint) as total_output_tokens,
       cast(coalesce(sum(m.cache_read_tokens), 0) as bigint) as total_cache_read_tokens,
       cast(coalesce(sum(m.cache_creation_tokens), 0) as bigint) as total_cache_creation_tokens,
       cast(coalesce(sum(m.runtime_ms), 0) as bigint) as total_runtime_ms
  from users as u
  join chat_messages as m on m.owner_id = u.id
  join chats as c on c.id = m.chat_id
 where m.role = 'assistant'
   and m.created_at >= $1
   and m.created_at < $2
   and (m.total_cost_micros is not null or m.input_tokens is not null
        or m.output_tokens is not null or m.cache_read_tokens is not null
        or m.cache_creation_tokens is not null)
   and u.is_system = false
   and (/*p:text:$3*/ is null or u.username_folded like $3 escape '\'
        or u.name_folded like $3 escape '\')
 group by u.id, u.username, u.name, u.avatar_url
 order by total_cost_micros desc, u.username, u.id
 limit $4 offset $5
