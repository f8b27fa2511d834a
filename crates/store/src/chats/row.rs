//! Rows into values.

use serde::de::DeserializeOwned;

use super::{Chat, Versions};
use crate::{Error, Row};

/// The whole row.
///
/// # Errors
/// When a column is missing or holds something else.
pub fn chat_from_row(row: &Row) -> Result<Chat, Error> {
    Ok(Chat {
        id: row.get("id")?,
        organization_id: row.get("organization_id")?,
        owner_id: row.get("owner_id")?,
        parent_chat_id: row.get("parent_chat_id")?,
        root_chat_id: row.get("root_chat_id")?,
        workspace_id: row.get("workspace_id")?,
        build_id: row.get("build_id")?,
        agent_id: row.get("agent_id")?,
        last_model_config_id: row.get("last_model_config_id")?,
        last_reasoning_effort: row.get("last_reasoning_effort")?,
        title: row.get("title")?,
        status: row.get("status")?,
        archived: row.get("archived")?,
        mode: row.get("mode")?,
        plan_mode: row.get("plan_mode")?,
        client_type: row.get("client_type")?,
        pin_order: row.get("pin_order")?,
        labels: row.get("labels")?,
        mcp_server_ids: row.json("mcp_server_ids")?,
        last_error: optional(row, "last_error")?,
        last_turn_summary: row.get("last_turn_summary")?,
        last_read_message_id: row.get("last_read_message_id")?,
        snapshot_version: row.get("snapshot_version")?,
        history_version: row.get("history_version")?,
        queue_version: row.get("queue_version")?,
        generation_attempt: row.get("generation_attempt")?,
        retry_state: optional(row, "retry_state")?,
        retry_state_version: row.get("retry_state_version")?,
        requires_action_deadline_at: row.get("requires_action_deadline_at")?,
        compaction_requested_at: row.get("compaction_requested_at")?,
        worker_id: row.get("worker_id")?,
        runner_id: row.get("runner_id")?,
        system_prompt: row.get("system_prompt")?,
        dynamic_tools: row.get("dynamic_tools")?,
        shared: row.get("shared")?,
        queued_for_capacity: row.get("queued_for_capacity")?,
        effect_id: row.get("effect_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// The versions alone.
///
/// # Errors
/// When a column is missing or holds something else.
pub fn versions_from_row(row: &Row) -> Result<Versions, Error> {
    Ok(Versions {
        chat_id: row.get("id")?,
        snapshot_version: row.get("snapshot_version")?,
        history_version: row.get("history_version")?,
        queue_version: row.get("queue_version")?,
        retry_state_version: row.get("retry_state_version")?,
        generation_attempt: row.get("generation_attempt")?,
        status: row.get("status")?,
        archived: row.get("archived")?,
        worker_id: row.get("worker_id")?,
        runner_id: row.get("runner_id")?,
    })
}

/// A nullable document as a type of its own.
pub(crate) fn optional<T: DeserializeOwned>(row: &Row, column: &str) -> Result<Option<T>, Error> {
    let document: Option<serde_json::Value> = row.get(column)?;
    if document.is_none() {
        return Ok(None);
    }
    row.json(column).map(Some)
}
