-- The newest root that is not archived, of each workspace; only those that somebody may read,
-- if one is named.
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
       and (
         /*p:uuid:$2*/ is null
         or c.owner_id = /*p:uuid:$2*/
         or exists (
           select 1
             from chat_acl_users as u
            where u.chat_id = c.id and u.user_id = /*p:uuid:$2*/
         )
         or exists (
           select 1
             from chat_acl_groups as g
             join group_members as m on m.group_id = g.group_id
            where g.chat_id = c.id and m.user_id = /*p:uuid:$2*/
         )
       )
  ) as newest
 where newest.place = 1
