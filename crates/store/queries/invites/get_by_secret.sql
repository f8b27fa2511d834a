select id, roles, created_by
  from invites
 where secret_hash = $1
