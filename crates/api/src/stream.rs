//! Frames of the chat stream and of the list watch.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Chat, ChatMessage, ChatMessagePart, ChatStatus, ErrorBody, MessageRole, QueuedMessage, Time,
};

/// One WebSocket text frame of a chat stream.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame {
    /// Keeps proxies from closing an idle socket.
    Ping,
    /// What happened, in order.
    Data {
        data: Vec<StreamEvent>,
        /// Where a later connection may go on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// The stream ends.
    Error { data: ErrorBody },
}

/// What a stream event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StreamEventKind {
    Status,
    Message,
    MessagePart,
    QueueUpdate,
    Retry,
    Error,
    ActionRequired,
    PreviewReset,
    HistoryReset,
    ChatUpdated,
    /// A kind that this version does not know; clients skip it.
    #[serde(other)]
    Unknown,
}

/// One event; the field that belongs to its type is set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StreamEvent {
    #[serde(rename = "type")]
    pub kind: StreamEventKind,
    pub chat_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ChatMessage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_part: Option<MessagePart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StreamError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_messages: Option<Vec<QueuedMessage>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_required: Option<ActionRequired>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_reset: Option<PreviewReset>,
    /// The public fields of the chat that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<Value>,
}

impl StreamEvent {
    /// An event without a payload yet.
    #[must_use]
    pub const fn new(kind: StreamEventKind, chat_id: Uuid) -> Self {
        Self {
            kind,
            chat_id,
            message: None,
            message_part: None,
            status: None,
            error: None,
            retry: None,
            queued_messages: None,
            action_required: None,
            preview_reset: None,
            chat: None,
        }
    }
}

/// The chat's status moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StatusChange {
    pub status: ChatStatus,
}

/// A piece of a message that is being written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MessagePart {
    pub role: MessageRole,
    pub part: ChatMessagePart,
    pub history_version: i64,
    pub generation_attempt: i64,
    /// Contiguous from 1 within one attempt.
    pub seq: i64,
}

/// A model attempt failed and the next one is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RetryState {
    /// Counts from 1.
    pub attempt: u32,
    pub delay_ms: i64,
    pub error: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    pub retrying_at: Time,
}

/// The turn failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StreamError {
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    pub retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
}

/// Tool calls that the client must answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ActionRequired {
    pub tool_calls: Vec<ChatMessagePart>,
    /// When the chat goes on without answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<Time>,
}

/// The live preview of this attempt starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PreviewReset {
    pub history_version: i64,
    pub generation_attempt: i64,
}

/// One frame of the list watch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WatchFrame {
    Ping,
    Data { data: Box<WatchEvent> },
    Error { data: ErrorBody },
}

/// What happened to one of the caller's chats.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct WatchEvent {
    pub kind: WatchKind,
    pub chat: Chat,
}

/// How a chat of the list changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum WatchKind {
    /// Created or unarchived.
    Created,
    /// Archived.
    Deleted,
    StatusChange,
    TitleChange,
    DiffStatusChange,
    /// It waits for its client to answer tool calls; `status_change` comes beside it.
    ActionRequired,
    /// The summary of its last turn.
    SummaryChange,
}

#[cfg(test)]
mod tests;
