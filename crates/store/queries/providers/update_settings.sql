update providers
   set display_name = $2, enabled = $3, base_url = $4, sealed_api_key = $5, region = $6,
       updated_at = $7
 where id = $1
