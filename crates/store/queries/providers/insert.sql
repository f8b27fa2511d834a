insert into providers (
  id, provider, display_name, enabled, base_url, sealed_api_key, region, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
