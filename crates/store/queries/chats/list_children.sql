-- The subagents of a page of roots.
select c.id, c.organization_id, c.owner_id, c.parent_chat_id, c.root_chat_id, c.workspace_id,
       c.build_id, c.agent_id, c.last_model_config_id, c.last_reasoning_effort, c.title,
       c.status, c.archived, c.mode, c.plan_mode, c.client_type, c.pin_order, c.labels,
       c.mcp_server_ids, c.last_error, c.last_read_message_id, c.snapshot_version,
       c.history_version, c.queue_version, c.generation_attempt, c.retry_state,
       c.retry_state_version, c.requires_action_deadline_at, c.compaction_requested_at,
       c.worker_id, c.runner_id, null as system_prompt, null as dynamic_tools, c.shared,
       c.queued_for_capacity, c.effect_id, c.created_at, c.updated_at,
       c.last_turn_summary,
       exists (
         select 1
           from chat_messages as m
          where m.chat_id = c.id
            and m.role = 'assistant'
            and m.deleted = false
            and m.visibility in ('user', 'both')
            and m.id > coalesce(c.last_read_message_id, 0)
       ) as has_unread
  from chats as c
 where c.root_chat_id in /*in:uuid:$1*/
   and c.parent_chat_id is not null
 order by c.created_at, c.id
