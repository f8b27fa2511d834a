//! What a client of a chat's stream is told.

use std::sync::Arc;

use muster_base::Micros;
use muster_chat_state::content::{Part, ToolCall};
use muster_store::chat_messages::Message;
use muster_store::chat_queue::QueuedMessage;
use muster_store::chats::{Chat, ChatStatus, LastError, RetryState};

use super::Cursor;
use crate::parts::LivePart;

/// Up to 256 events that belong together.
#[derive(Clone, Debug)]
pub struct Frame {
    /// In the order in which they apply.
    pub events: Vec<StreamEvent>,
    /// Where the client is after these events; absent until it has a consistent state.
    pub cursor: Option<Cursor>,
}

/// One event of a chat's stream.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// What the chat is doing.
    Status(ChatStatus),
    /// A message was inserted or changed; the content is the stored one.
    Message(Box<Message>),
    /// A piece of live output.
    Part {
        part: LivePart,
        history_version: i64,
        generation_attempt: i64,
        seq: u64,
    },
    /// The whole queue.
    QueueUpdate(Vec<QueuedMessage>),
    /// A failed attempt is repeated later.
    Retry(RetryState),
    /// The turn failed.
    Error(LastError),
    /// The chat waits for its client to answer these calls.
    ActionRequired {
        calls: Vec<ToolCall>,
        /// When it stops waiting.
        deadline_at: Option<Micros>,
    },
    /// Drop the live preview.
    PreviewReset {
        history_version: i64,
        generation_attempt: i64,
    },
    /// Drop all known messages; the current ones follow.
    HistoryReset,
    /// Public fields of the chat changed.
    ChatUpdated(Arc<Chat>),
}

/// Who a live part belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartRole {
    Assistant,
    Tool,
}

impl LivePart {
    /// Results of our own tools belong to a message of their own; what the provider ran is a
    /// part of the answer.
    #[must_use]
    pub fn role(&self) -> PartRole {
        match self {
            Self::ResultDelta {
                tool_call_id: _,
                tool_name: _,
                delta: _,
            } => PartRole::Tool,
            Self::Whole { part } => match part.as_ref() {
                Part::ToolResult(result) if !result.provider_executed => PartRole::Tool,
                Part::ToolResult(_)
                | Part::Text(_)
                | Part::Reasoning(_)
                | Part::ToolCall(_)
                | Part::Source(_)
                | Part::File(_)
                | Part::FileReference(_)
                | Part::ContextFile(_)
                | Part::Skill(_) => PartRole::Assistant,
            },
            Self::Text { delta: _ }
            | Self::Reasoning { delta: _ }
            | Self::ToolArgs {
                tool_call_id: _,
                tool_name: _,
                delta: _,
            } => PartRole::Assistant,
        }
    }
}
