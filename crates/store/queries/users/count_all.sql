select count(*) as count
  from users
 where deleted = false
   and is_system = false
   and (/*p:uuid:$1*/ is null or id = $1)
   and (/*p:text:$2*/ is null or status = $2)
   and (/*p:text:$3*/ is null or username_folded like $3 escape '\' or email_folded like $3 escape '\')
