insert into chat_debug_runs (
       id, chat_id, purpose, provider, model, model_config_id, history_version,
       generation_attempt, status, error, usage, status_code, started_at, finished_at, request,
       response
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
