update chats
   set title = $2,
       title_folded = $3,
       workspace_id = $4,
       build_id = $5,
       agent_id = $6,
       pin_order = $7,
       labels = $8,
       shared = $9,
       queued_for_capacity = $10
 where id = $1
