select id, provider, model, display_name, enabled, is_default, context_limit, compression_threshold,
       settings, deleted, created_at, updated_at
  from model_configs
 where deleted = false
 order by created_at, id
/*lock*/
