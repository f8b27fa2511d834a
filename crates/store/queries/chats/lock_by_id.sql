-- Locks the row. The queue's length is read by the same statement; `queue_as_of` tells whether it
-- is that of the locked row: after waiting for the lock PostgreSQL shows the newest row, but
-- other tables still as they were when the statement began.
select c.id, c.organization_id, c.owner_id, c.parent_chat_id, c.root_chat_id, c.workspace_id,
       c.build_id, c.agent_id, c.last_model_config_id, c.last_reasoning_effort, c.title,
       c.status, c.archived, c.mode, c.plan_mode, c.client_type, c.pin_order, c.labels,
       c.mcp_server_ids, c.last_error, c.last_read_message_id, c.snapshot_version,
       c.history_version, c.queue_version, c.generation_attempt, c.retry_state,
       c.retry_state_version, c.requires_action_deadline_at, c.compaction_requested_at,
       c.worker_id, c.runner_id, c.system_prompt, c.dynamic_tools, c.shared,
       c.queued_for_capacity, c.effect_id, c.created_at, c.updated_at,
       c.last_turn_summary,
       (select count(*) from chat_queued_messages as q where q.chat_id = c.id) as queue_len,
       (select s.snapshot_version from chats as s where s.id = c.id) as queue_as_of
  from chats as c
 where c.id = $1
/*lock*/
