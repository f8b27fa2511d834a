select count(*) as count
  from model_configs
 where provider = $1 and enabled = true and deleted = false
