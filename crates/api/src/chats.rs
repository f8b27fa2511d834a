//! Chats and what is asked of them.

use std::collections::BTreeMap;

use muster_base::Patch;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ChatFile, ChatMessage, DynamicTool, InputPart, QueuedMessage, Time};

/// What a chat is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ChatStatus {
    Waiting,
    Running,
    Interrupting,
    RequiresAction,
    Error,
}

/// Where a chat was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    Ui,
    Api,
}

/// Why the last turn of a chat ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatError {
    pub message: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    pub retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Chat {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub owner_id: Uuid,
    pub owner_username: String,
    pub owner_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_chat_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_chat_id: Option<Uuid>,
    pub last_model_config_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reasoning_effort: Option<String>,
    pub title: String,
    pub status: ChatStatus,
    pub last_error: Option<ChatError>,
    /// What the last turn that ended by itself came to: a sentence, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_turn_summary: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub archived: bool,
    pub pin_order: i64,
    pub mcp_server_ids: Vec<Uuid>,
    pub labels: BTreeMap<String, String>,
    pub has_unread: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    pub client_type: ClientType,
    /// Somebody but its owner may read it.
    #[serde(default)]
    pub shared: bool,
    /// It runs as soon as others have finished.
    #[serde(default)]
    pub queued_for_capacity: bool,
    pub files: Vec<ChatFile>,
    #[schema(no_recursion)]
    pub children: Vec<Chat>,
    pub warnings: Vec<String>,
}

/// Starts a chat with its first message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CreateChatRequest {
    pub content: Vec<InputPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_config_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_type: Option<ClientType>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<BTreeMap<String, String>>", optional))]
    pub labels: BTreeMap<String, String>,
    /// Tools that the client runs itself; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<DynamicTool>>", optional))]
    pub dynamic_tools: Vec<DynamicTool>,
}

/// Changes what a chat shows; execution state has its own routes.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateChatRequest {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub title: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>"))]
    pub archived: Patch<bool>,
    /// 0 unpins; another number moves a pinned chat there and appends an unpinned one.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<i64>"))]
    pub pin_order: Patch<i64>,
    /// The whole new set; an empty one clears it.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<BTreeMap<String, String>>"))]
    pub labels: Patch<BTreeMap<String, String>>,
}

/// What to do with a message to a chat that is busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BusyBehavior {
    /// Wait behind the running turn.
    #[default]
    Queue,
    /// Stop the running turn, so that the queue goes on; this message is at its end.
    Interrupt,
}

/// One more message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SendMessageRequest {
    pub content: Vec<InputPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_config_id: Option<Uuid>,
    #[serde(default)]
    pub busy_behavior: BusyBehavior,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
}

/// Whether the message went into the history or into the queue.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SendMessageResponse {
    pub queued: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ChatMessage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_message: Option<QueuedMessage>,
}

/// A promoted message that still waits for the interrupted turn to end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PromoteResponse {
    pub queued: bool,
    pub queued_message: QueuedMessage,
}

/// Other words for an earlier message; what followed it is dropped.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EditMessageRequest {
    pub content: Vec<InputPart>,
}

/// A page of history, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MessagesPage {
    pub messages: Vec<ChatMessage>,
    /// On the first page only.
    pub queued_messages: Vec<QueuedMessage>,
    pub has_more: bool,
}
