select enabled, default_limit_micros, period, updated_at
  from chat_usage_limit_config
 where id = 1
