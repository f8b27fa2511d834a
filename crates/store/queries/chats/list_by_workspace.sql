-- The newest root that is not archived, of each workspace; of one owner if one is named.
select newest.workspace_id, newest.id
  from (
    select c.workspace_id, c.id,
           row_number() over (
             partition by c.workspace_id order by c.created_at desc, c.id desc
           ) as place
      from chats as c
     where c.workspace_id in /*in:uuid:$1*/
       and c.parent_chat_id is null
       and c.archived = false
       and (/*p:uuid:$2*/ is null or c.owner_id = /*p:uuid:$2*/)
  ) as newest
 where newest.place = 1
