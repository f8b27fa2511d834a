-- The guard makes it single use: of two at once, one finds no row.
update invites
   set used_at = $2, used_by = $3
 where id = $1 and used_at is null and expires_at > $2
