//! What model attempts sent and received, and whether that is kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ChatError, Time, TokenUsage};

/// What a model was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DebugRunPurpose {
    /// A step of the conversation.
    Chat,
    /// A summary that takes the conversation's place.
    Compaction,
    /// A title.
    Title,
    /// What a turn came to.
    Push,
}

/// How a model attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DebugRunStatus {
    Completed,
    Failed,
    /// Given up from here: interrupted, out of time, or the server ended.
    Cancelled,
}

/// One model attempt of a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatDebugRun {
    pub id: Uuid,
    pub chat_id: Uuid,
    pub purpose: DebugRunPurpose,
    pub provider: String,
    pub model: String,
    /// Absent for a model that nobody has configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_config_id: Option<Uuid>,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub history_version: i64,
    /// 0 for what is asked beside the conversation.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub generation_attempt: i64,
    pub status: DebugRunStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ChatError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<TokenUsage>,
    /// Of the provider's answer; absent where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    pub started_at: Time,
    pub finished_at: Time,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DebugRequest {
    /// Without query.
    pub url: String,
    /// Without anything secret. Its middle is missing where it was too long.
    pub body: String,
    pub truncated: bool,
}

/// What came back, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DebugResponse {
    /// Without anything secret. Its end is missing where it was too long.
    pub body: String,
    pub truncated: bool,
}

/// One model attempt, with what went over the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatDebugRunDetail {
    #[serde(flatten)]
    #[cfg_attr(feature = "ts", ts(flatten))]
    pub run: ChatDebugRun,
    pub request: DebugRequest,
    pub response: DebugResponse,
}

/// Whose attempts the deployment keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DebugLoggingConfig {
    /// People may have those of their own chats kept.
    pub allow_users: bool,
    /// Those of every chat are kept.
    pub all_chats: bool,
}

/// Changes whose attempts the deployment keeps; what is absent stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateDebugLoggingRequest {
    #[serde(default)]
    pub allow_users: Option<bool>,
    #[serde(default)]
    pub all_chats: Option<bool>,
}

/// Whether the attempts of the caller's chats are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UserDebugLogging {
    /// What the caller wants; counts only where people may.
    pub debug_logging: bool,
    /// People may want it.
    pub user_toggle_allowed: bool,
    /// They are kept whatever the caller wants.
    pub forced_by_deployment: bool,
}

/// Says whether the attempts of the caller's chats are to be kept.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UpdateUserDebugLoggingRequest {
    pub debug_logging: bool,
}

/// For how long attempts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DebugRetention {
    /// 0 is as long as there is room.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub debug_retention_days: i64,
}
