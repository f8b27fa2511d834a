update model_configs
   set provider = $2, model = $3, display_name = $4, enabled = $5, is_default = $6,
       context_limit = $7, compression_threshold = $8, settings = $9, deleted = $10,
       updated_at = $11
 where id = $1
