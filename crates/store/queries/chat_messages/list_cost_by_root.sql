-- The same per root chat: what subagents cost counts where their work was asked for.
select t.root_chat_id,
       r.title as chat_title,
       t.message_count,
       t.priced_message_count,
       t.total_cost_micros,
       t.total_input_tokens,
       t.total_output_tokens,
       t.total_cache_read_tokens,
       t.total_cache_creation_tokens,
       t.total_runtime_ms
  from (select c.root_chat_id,
               count(*) as message_count,
               count(m.total_cost_micros) as priced_message_count,
               cast(coalesce(sum(m.total_cost_micros), 0) as bigint) as total_cost_micros,
               cast(coalesce(sum(m.input_tokens), 0) as bigint) as total_input_tokens,
               cast(coalesce(sum(m.output_tokens), 0) as bigint) as total_output_tokens,
               cast(coalesce(sum(m.cache_read_tokens), 0) as bigint)
                 as total_cache_read_tokens,
               cast(coalesce(sum(m.cache_creation_tokens), 0) as bigint)
                 as total_cache_creation_tokens,
               cast(coalesce(sum(m.runtime_ms), 0) as bigint) as total_runtime_ms
          from chat_messages as m
          join chats as c on c.id = m.chat_id
         where m.owner_id = $1
           and m.role = 'assistant'
           and m.created_at >= $2
           and m.created_at < $3
           and (m.total_cost_micros is not null or m.input_tokens is not null
                or m.output_tokens is not null or m.cache_read_tokens is not null
                or m.cache_creation_tokens is not null)
         group by c.root_chat_id) as t
  join chats as r on r.id = t.root_chat_id
 order by t.total_cost_micros desc, t.message_count desc, t.root_chat_id
 limit $4
