select count(*) as n
  from invites
 where used_at is null and expires_at > $1
