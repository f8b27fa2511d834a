-- Whoever is seen is not dormant any more.
update users
   set last_seen_at = $2,
       status = case when status = 'dormant' then 'active' else status end
 where id = $1 and last_seen_at < $2
