-- How many people `list_cost_by_user` has, on all of its pages.
select count(*) as count
  from users as u
 where u.is_system = false
   and (/*p:text:$3*/ is null or u.username_folded like $3 escape '\'
        or u.name_folded like $3 escape '\')
   and exists (
         select 1
           from chat_messages as m
          where m.owner_id = u.id
            and m.role = 'assistant'
            and m.created_at >= $1
            and m.created_at < $2
            and (m.total_cost_micros is not null or m.input_tokens is not null
                 or m.output_tokens is not null or m.cache_read_tokens is not null
                 or m.cache_creation_tokens is not null)
       )
