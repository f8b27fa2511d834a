select i.id, i.roles, i.created_by, i.expires_at, i.created_at, u.username as created_by_name
  from invites i
  join users u on u.id = i.created_by
 where i.used_at is null and i.expires_at > $1
 order by i.created_at desc, i.id desc
