insert into chat_queued_messages (
       chat_id, position, content, created_by, model_config_id, mcp_server_ids, reasoning_effort,
       effect_id, created_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning id
