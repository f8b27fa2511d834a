-- What a person spent from $2 on and before $3; with $4, in the chats of that organization only.
-- Messages that were edited away and chats that were archived have cost money, too.
select cast(coalesce(sum(m.total_cost_micros), 0) as bigint) as spent_micros
  from chat_messages as m
 where m.owner_id = $1
   and m.role = 'assistant'
   and m.created_at >= $2
   and m.created_at < $3
   and (/*p:uuid:$4*/ is null
        or exists (select 1 from chats as c
                    where c.id = m.chat_id and c.organization_id = $4))
