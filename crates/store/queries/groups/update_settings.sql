update groups
   set name = $2, name_folded = $3, display_name = $4, avatar_url = $5, quota_allowance = $6,
       updated_at = $7
 where id = $1
