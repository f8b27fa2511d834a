-- Groups that a chat is shared with, by name.
select g.id, g.organization_id, g.name, g.display_name, g.avatar_url, g.quota_allowance,
       g.chat_spend_limit_micros, g.created_at, g.updated_at,
       (select count(*)
          from group_members m
          join users u on u.id = m.user_id
         where m.group_id = g.id and u.deleted = false and u.is_system = false) as member_count
  from chat_acl_groups as a
  join groups as g on g.id = a.group_id
 where a.chat_id = $1
 order by g.name_folded, g.id
