-- A subagent is shared with whoever its root is shared with.
insert into chats (
       id, organization_id, owner_id, parent_chat_id, root_chat_id, workspace_id, build_id,
       agent_id, last_model_config_id, last_reasoning_effort, title, title_folded, status, mode,
       client_type, labels, mcp_server_ids, snapshot_version, history_version, queue_version,
       system_prompt, dynamic_tools, effect_id, created_at, updated_at, shared
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
        $22, $23, $24, $25,
        coalesce((select p.shared from chats as p where p.id = $4), false))
