select id, provider, display_name, enabled, base_url, region, sealed_api_key, created_at, updated_at
  from providers
 order by provider
