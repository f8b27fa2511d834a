-- The end of every bundle. The old version in the condition is a pair assertion on the lock.
update chats
   set status = $3,
       archived = $4,
       snapshot_version = $5,
       history_version = $6,
       queue_version = $7,
       generation_attempt = $8,
       retry_state = $9,
       retry_state_version = $10,
       last_error = $11,
       requires_action_deadline_at = $12,
       compaction_requested_at = $13,
       worker_id = $14,
       runner_id = $15,
       last_model_config_id = $16,
       last_reasoning_effort = $17,
       mcp_server_ids = $18,
       updated_at = $19,
       last_turn_summary = $20
 where id = $1 and snapshot_version = $2
