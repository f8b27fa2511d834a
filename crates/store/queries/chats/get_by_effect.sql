select id, organization_id, owner_id, parent_chat_id, root_chat_id, workspace_id, build_id,
       agent_id, last_model_config_id, last_reasoning_effort, title, status, archived, mode,
       plan_mode, client_type, pin_order, labels, mcp_server_ids, last_error,
       last_read_message_id, snapshot_version, history_version, queue_version,
       generation_attempt, retry_state, retry_state_version, requires_action_deadline_at,
       compaction_requested_at, worker_id, runner_id, system_prompt, dynamic_tools, shared,
       queued_for_capacity, effect_id, created_at, updated_at, last_turn_summary
  from chats
 where effect_id = $1
