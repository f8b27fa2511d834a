update jobs
   set logs_length = logs_length + $2,
       logs_overflowed = case when /*p:bool:$3*/ then true else logs_overflowed end
 where id = $1
