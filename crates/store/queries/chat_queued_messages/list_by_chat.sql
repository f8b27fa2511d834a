select id, chat_id, position, content, created_by, model_config_id, mcp_server_ids,
       reasoning_effort, effect_id, created_at
  from chat_queued_messages
 where chat_id = $1
 order by position, id
