select count(*) as count
  from users
 where deleted = false
   and is_system = false
   and (/*p:uuid:$1*/ is null or id = $1)
   and (/*p:text:$2*/ is null or status = $2)
   and (/*p:text:$3*/ is null or username_folded like $3 escape '\'
        or email_folded like $3 escape '\' or name_folded like $3 escape '\')
   and (/*p:text:$4*/ is null or cast(roles as text) like $4)
   and (/*p:int:$5*/ is null or last_seen_at < $5)
   and (/*p:int:$6*/ is null or last_seen_at > $6)
