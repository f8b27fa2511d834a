-- What a chat and the subagents below it cost, per model, and which part is the chat's own.
select m.model_config_id,
       coalesce(c.display_name, '') as display_name,
       coalesce(c.provider, '') as provider,
       coalesce(c.model, '') as model,
       count(*) as message_count,
       count(m.total_cost_micros) as priced_message_count,
       cast(coalesce(sum(m.total_cost_micros), 0) as bigint) as total_cost_micros,
       cast(coalesce(sum(case when m.chat_id = $1 then m.total_cost_micros end), 0) as bigint)
         as own_cost_micros,
       cast(coalesce(sum(m.input_tokens), 0) as bigint) as total_input_tokens,
       cast(coalesce(sum(m.output_tokens), 0) as bigint) as total_output_tokens,
       cast(coalesce(sum(m.cache_read_tokens), 0) as bigint) as total_cache_read_tokens,
       cast(coalesce(sum(m.cache_creation_tokens), 0) as bigint) as total_cache_creation_tokens,
       cast(coalesce(sum(m.runtime_ms), 0) as bigint) as total_runtime_ms
  from chat_messages as m
  left join model_configs as c on c.id = m.model_config_id
 where m.chat_id in (select f.id from chats as f where f.id = $1
                     union all
                     select f.id from chats as f
                      where f.root_chat_id = $1 and f.parent_chat_id is not null)
   and m.role = 'assistant'
   and (m.total_cost_micros is not null or m.input_tokens is not null
        or m.output_tokens is not null or m.cache_read_tokens is not null
        or m.cache_creation_tokens is not null)
 group by m.model_config_id, c.display_name, c.provider, c.model
 order by total_cost_micros desc, message_count desc, m.model_config_id
