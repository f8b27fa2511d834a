//! Events of a chat's stream.

use muster_api as api;
use muster_base::ChatId;
use muster_bus::OwnerEventKind;
use muster_chat_engine::{Frame, LivePart, PartRole, StreamEvent};
use muster_chat_state::content::{Part, ToolCall};
use muster_store::chats::{Chat, LastError, RetryState};
use serde_json::json;

use super::{chats, messages};
use crate::error::Result;

/// A frame with its cursor.
pub(crate) fn frame(chat: ChatId, frame: Frame) -> Result<api::Frame> {
    let events = frame.events.into_iter().map(|one| event(chat, one));
    Ok(api::Frame::Data {
        data: events.collect::<Result<_>>()?,
        cursor: frame.cursor.map(|cursor| cursor.to_string()),
    })
}

fn event(chat: ChatId, event: StreamEvent) -> Result<api::StreamEvent> {
    let of = |kind| api::StreamEvent::new(kind, chat.0);
    let shown = match event {
        StreamEvent::Status(status) => api::StreamEvent {
            status: Some(api::StatusChange {
                status: chats::status(status),
            }),
            ..of(api::StreamEventKind::Status)
        },
        StreamEvent::Message(message) => api::StreamEvent {
            message: Some(messages::message(&message)?),
            ..of(api::StreamEventKind::Message)
        },
        StreamEvent::Part {
            part,
            history_version,
            generation_attempt,
            seq,
        } => api::StreamEvent {
            message_part: Some(api::MessagePart {
                role: match part.role() {
                    PartRole::Assistant => api::MessageRole::Assistant,
                    PartRole::Tool => api::MessageRole::Tool,
                },
                part: live_part(part),
                history_version,
                generation_attempt,
                seq: i64::try_from(seq).unwrap_or(i64::MAX),
            }),
            ..of(api::StreamEventKind::MessagePart)
        },
        StreamEvent::QueueUpdate(queue) => api::StreamEvent {
            queued_messages: Some(queue.iter().map(messages::queued).collect::<Result<_>>()?),
            ..of(api::StreamEventKind::QueueUpdate)
        },
        StreamEvent::Retry(state) => api::StreamEvent {
            retry: Some(retry(state)),
            ..of(api::StreamEventKind::Retry)
        },
        StreamEvent::Error(error) => api::StreamEvent {
            error: Some(failure(error)),
            ..of(api::StreamEventKind::Error)
        },
        StreamEvent::ActionRequired { calls, deadline_at } => api::StreamEvent {
            action_required: Some(api::ActionRequired {
                tool_calls: calls.into_iter().map(called).collect(),
                deadline_at: deadline_at.map(Into::into),
            }),
            ..of(api::StreamEventKind::ActionRequired)
        },
        StreamEvent::PreviewReset {
            history_version,
            generation_attempt,
        } => api::StreamEvent {
            preview_reset: Some(api::PreviewReset {
                history_version,
                generation_attempt,
            }),
            ..of(api::StreamEventKind::PreviewReset)
        },
        StreamEvent::HistoryReset => of(api::StreamEventKind::HistoryReset),
        StreamEvent::ChatUpdated(changed) => api::StreamEvent {
            chat: Some(public_fields(&changed)),
            ..of(api::StreamEventKind::ChatUpdated)
        },
    };
    Ok(shown)
}

fn called(call: ToolCall) -> api::ChatMessagePart {
    messages::part(Part::ToolCall(call))
}

fn live_part(part: LivePart) -> api::ChatMessagePart {
    match part {
        LivePart::Text { delta } => api::ChatMessagePart::Text { text: delta },
        LivePart::Reasoning { delta } => api::ChatMessagePart::Reasoning { text: delta },
        LivePart::ToolArgs {
            tool_call_id,
            tool_name,
            delta,
        } => api::ChatMessagePart::ToolCall {
            tool_call_id: Some(tool_call_id),
            tool_name: Some(tool_name),
            args: None,
            args_delta: Some(delta),
            provider_executed: None,
            mcp_server_config_id: None,
        },
        LivePart::ResultDelta {
            tool_call_id,
            tool_name,
            delta,
        } => api::ChatMessagePart::ToolResult {
            tool_call_id: Some(tool_call_id),
            tool_name: Some(tool_name),
            result: None,
            result_delta: Some(delta),
            is_error: None,
            is_media: None,
            provider_executed: None,
            mcp_server_config_id: None,
            outcome: None,
        },
        LivePart::Whole { part } => messages::part((*part).clone()),
    }
}

fn retry(state: RetryState) -> api::RetryState {
    api::RetryState {
        attempt: state.attempt,
        delay_ms: i64::try_from(state.delay_ms).unwrap_or(i64::MAX),
        error: state.error,
        kind: state.kind,
        provider: state.provider,
        status_code: state.status_code,
        retrying_at: state.retrying_at.into(),
    }
}

fn failure(error: LastError) -> api::StreamError {
    api::StreamError {
        message: error.message,
        kind: Some(error.kind),
        provider: error.provider,
        retryable: error.retryable,
        status_code: error.status_code,
    }
}

/// The fields of a chat that may change while somebody looks at it.
fn public_fields(chat: &Chat) -> serde_json::Value {
    json!({
        "title": chat.title,
        "workspace_id": chat.workspace_id,
        "build_id": chat.build_id,
        "agent_id": chat.agent_id,
        "labels": chat.labels,
        "archived": chat.archived,
        "last_model_config_id": chat.last_model_config_id,
        "last_reasoning_effort": chat.last_reasoning_effort,
        "shared": chat.shared,
        "queued_for_capacity": chat.queued_for_capacity,
    })
}

pub(crate) const fn watch_kind(kind: OwnerEventKind) -> api::WatchKind {
    match kind {
        OwnerEventKind::Created => api::WatchKind::Created,
        OwnerEventKind::Deleted => api::WatchKind::Deleted,
        OwnerEventKind::StatusChange => api::WatchKind::StatusChange,
        OwnerEventKind::TitleChange => api::WatchKind::TitleChange,
        OwnerEventKind::DiffStatusChange => api::WatchKind::DiffStatusChange,
        OwnerEventKind::ActionRequired => api::WatchKind::ActionRequired,
        OwnerEventKind::SummaryChange => api::WatchKind::SummaryChange,
    }
}
