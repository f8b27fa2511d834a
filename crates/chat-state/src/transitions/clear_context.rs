//! `ClearContext`: a boundary behind which no model looks any more. No model is called.

use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{Message, Role, Visibility};
use muster_store::chats::ChatStatus;
use serde_json::json;

use crate::content::{Part, Text, ToolCall, ToolResult, encode};
use crate::machine::Command;
use crate::synthetics::CancelReason;
use crate::{Bundle, Error, Transition};

/// The name under which people see the boundary.
pub const CLEARED_TOOL: &str = "chat_cleared";

/// What the model reads in place of everything before.
const LEAD_IN: &str = "The user cleared the conversation before this point. Begin afresh.";

/// Forgets the conversation so far, for models only.
#[derive(Clone, Copy, Debug)]
pub struct ClearContext;

impl Command for ClearContext {
    type Outcome = Vec<Message>;
    const OP: &'static str = "chat.clear_context";

    fn transition(&self) -> Transition {
        Transition::ClearContext
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Vec<Message>, Error> {
        let (mut messages, _cancelled) = bundle
            .answer_open_calls(CancelReason::ContextCleared)
            .await?;
        let answered = messages.len();
        messages.extend(boundary(bundle.chat().snapshot_version)?);
        bundle.row().compaction_requested_at = None;
        bundle.set_status(ChatStatus::Waiting);
        let mut inserted = bundle.insert(messages).await?;
        Ok(inserted.split_off(answered))
    }
}

/// The same triplet as a compaction writes: for the model, and a call with its result for people.
fn boundary(snapshot: i64) -> Result<[NewMessage; 3], Error> {
    let id = format!("{CLEARED_TOOL}_{snapshot}");
    let lead_in = Part::Text(Text {
        text: LEAD_IN.to_owned(),
        ..Text::default()
    });
    let call = Part::ToolCall(ToolCall {
        tool_call_id: id.clone(),
        tool_name: CLEARED_TOOL.to_owned(),
        args: Some(json!({ "source": "manual" })),
        ..ToolCall::default()
    });
    let result = Part::ToolResult(ToolResult {
        tool_call_id: id,
        tool_name: CLEARED_TOOL.to_owned(),
        result: Some(json!({ "source": "manual" })),
        ..ToolResult::default()
    });
    let [call, result] = pair(encode(&[call])?, encode(&[result])?);
    Ok([summary(encode(&[lead_in])?), call, result])
}

/// What a model reads in place of everything before it; marks the boundary.
pub(super) fn summary(content: String) -> NewMessage {
    marked(Role::User, Visibility::Model, content)
}

/// Call and result that show a boundary to people.
pub(super) fn pair(call: String, result: String) -> [NewMessage; 2] {
    [
        marked(Role::Assistant, Visibility::User, call),
        marked(Role::Tool, Visibility::Both, result),
    ]
}

fn marked(role: Role, visibility: Visibility, content: String) -> NewMessage {
    NewMessage {
        visibility,
        compressed: true,
        ..NewMessage::new(role, content)
    }
}
