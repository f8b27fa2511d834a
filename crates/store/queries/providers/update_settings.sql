update providers
   set display_name = $2, enabled = $3, base_url = $4, sealed_api_key = $5, updated_at = $6
 where id = $1
