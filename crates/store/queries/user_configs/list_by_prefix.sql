-- A person's keys of one family. The pattern ends in "%".
select key, value
  from user_configs
 where user_id = $1 and key like $2
 order by key
