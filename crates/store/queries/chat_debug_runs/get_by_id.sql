select id, chat_id, purpose, provider, model, model_config_id, history_version,
       generation_attempt, status, error, usage, status_code, started_at, finished_at, request,
       response
  from chat_debug_runs
 where chat_id = $1 and id = $2
