select g.id, g.name, g.display_name, g.avatar_url, g.chat_spend_limit_micros,
       (select count(*)
          from group_members m
          join users u on u.id = m.user_id
         where m.group_id = g.id and u.deleted = false and u.is_system = false) as member_count
  from groups g
 where g.chat_spend_limit_micros is not null
 order by g.name_folded, g.id
