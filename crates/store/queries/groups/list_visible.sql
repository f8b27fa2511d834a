-- $1: only of this organization; $2 and $3: only with this member.
select g.id, g.organization_id, g.name, g.display_name, g.avatar_url, g.quota_allowance,
       g.chat_spend_limit_micros, g.created_at, g.updated_at,
       (select count(*)
          from group_members m
          join users u on u.id = m.user_id
         where m.group_id = g.id and u.deleted = false and u.is_system = false) as member_count
  from groups g
 where (/*p:uuid:$1*/ is null or g.organization_id = $1)
   and (/*p:uuid:$2*/ is null
        or g.id in (select m.group_id from group_members m where m.user_id = $2))
   and (/*p:uuid:$3*/ is null
        or g.id in (select m.group_id from group_members m where m.user_id = $3))
 order by g.name_folded, g.id
 limit $4
