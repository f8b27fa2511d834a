-- Whether somebody may read a family of chats that is not theirs, alone or with a group.
select 1 as granted
 where exists (
         select 1
           from chat_acl_users as u
          where u.chat_id = $1 and u.user_id = $2
       )
    or exists (
         select 1
           from chat_acl_groups as g
           join group_members as m on m.group_id = g.group_id
          where g.chat_id = $1 and m.user_id = $2
       )
