//! Messages and their parts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Time;

/// One part of what a person sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum InputPart {
    /// Plain words.
    Text { text: String },
    /// An uploaded file.
    File { file_id: Uuid },
    /// A piece of a file that the client shows; rendered into the prompt as text.
    FileReference {
        file_name: String,
        #[serde(default)]
        start_line: i64,
        #[serde(default)]
        end_line: i64,
        #[serde(default)]
        content: String,
    },
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    System,
    User,
    Assistant,
    Tool,
}

/// A durable message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatMessage {
    /// Grows within one chat; below 2^53.
    pub id: i64,
    pub chat_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_config_id: Option<Uuid>,
    pub created_at: Time,
    pub role: MessageRole,
    pub content: Vec<ChatMessagePart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<TokenUsage>,
}

/// What a step used, as the provider counted it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TokenUsage {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tokens: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_creation_tokens: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read_tokens: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_limit: Option<i64>,
}

/// One part of a message, as clients see it. Nothing internal has a field here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ChatMessagePart {
    Text {
        text: String,
    },
    Reasoning {
        text: String,
    },
    ToolCall {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_call_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        args: Option<Value>,
        /// On the stream only: the next piece of the arguments' text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        args_delta: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_executed: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mcp_server_config_id: Option<String>,
    },
    ToolResult {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_call_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
        /// On the stream only: the next piece of a running tool's output.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result_delta: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is_error: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is_media: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_executed: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mcp_server_config_id: Option<String>,
        /// `unknown` when nobody can say whether the effect happened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    Source {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source_id: Option<String>,
        url: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    File {
        media_type: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file_id: Option<Uuid>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
    },
    FileReference {
        file_name: String,
        start_line: i64,
        end_line: i64,
        content: String,
    },
    ContextFile {
        context_file_path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context_file_truncated: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context_file_agent_id: Option<Uuid>,
    },
    Skill {
        skill_name: String,
        skill_description: String,
    },
}

/// A message that waits behind the running turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct QueuedMessage {
    pub id: i64,
    pub chat_id: Uuid,
    pub content: Vec<ChatMessagePart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_config_id: Option<Uuid>,
    pub created_at: Time,
}

/// What somebody has asked a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatPrompts {
    /// Newest first.
    pub prompts: Vec<ChatPrompt>,
}

/// One message of a person, as text alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatPrompt {
    /// Of the message.
    pub id: i64,
    pub text: String,
    pub created_at: Time,
}

#[cfg(test)]
mod tests;
