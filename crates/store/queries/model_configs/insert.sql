insert into model_configs (
  id, provider, model, display_name, enabled, is_default, context_limit, compression_threshold,
  settings, created_at, updated_at
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
