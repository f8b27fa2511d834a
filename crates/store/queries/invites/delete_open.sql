delete from invites
 where id = $1 and used_at is null
