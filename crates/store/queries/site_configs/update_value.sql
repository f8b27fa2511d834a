update site_configs
   set value = $2, updated_at = $3
 where key = $1
