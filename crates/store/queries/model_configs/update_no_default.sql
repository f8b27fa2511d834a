update model_configs
   set is_default = false, updated_at = $1
 where is_default = true
