//! Open tool calls, and the answers that the machine itself gives them.
//!
//! No prompt may hold a call without an answer. Whatever moves a conversation past an open call
//! therefore answers it here, with the stored result where its effect has already finished.

use std::collections::HashSet;

use muster_base::{AgentId, ChatId, EffectId, MessageId};
use muster_store::Tx;
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{Message, Role};
use muster_store::tool_effects::{self, Effect, EffectState, EffectTarget};
use serde_json::json;

use crate::Error;
use crate::content::{self, Head, Outcome, Part, ToolCall, ToolResult};

/// A local tool call that nothing has answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCall {
    pub message_id: MessageId,
    pub tool_call_id: String,
    pub tool_name: String,
    pub effect_id: Option<EffectId>,
}

/// A call that the machine has answered in the tool's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelledCall {
    pub tool_call_id: String,
    pub tool_name: String,
    pub effect_id: Option<EffectId>,
    /// How far its effect had come; whoever may still run it must be stopped by the caller.
    pub was: Option<EffectState>,
    pub agent_id: Option<AgentId>,
    pub process_id: Option<String>,
}

/// Why calls are answered by the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelReason {
    Interrupted,
    NewMessage,
    Deadline,
    ContextCleared,
}

impl CancelReason {
    const fn text(self) -> &'static str {
        match self {
            Self::Interrupted => "The user interrupted the run before this call finished.",
            Self::NewMessage => "This call was cancelled because the user sent a new message.",
            Self::Deadline => "This call was cancelled because nobody answered it in time.",
            Self::ContextCleared => "This call was cancelled because the context was replaced.",
        }
    }
}

/// What the model reads about a call whose outcome nobody can know.
pub const UNKNOWN_OUTCOME: &str = "The result of this call is not known because the run was \
     stopped while it was under way; check before repeating.";

/// The open calls of the last assistant message, from it and the results behind it.
pub(crate) fn open_calls(tail: &[Message]) -> Result<Vec<OpenCall>, Error> {
    let Some(message) = tail.first().filter(|first| first.role == Role::Assistant) else {
        return Ok(Vec::new());
    };
    let heads = tail
        .iter()
        .map(|message| content::heads(&message.content))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(open_among(message.id, heads.into_iter().flatten()))
}

/// The calls that a client is to answer, whole, from the last assistant message and the results
/// behind it.
///
/// # Errors
/// When a stored content can't be read.
pub fn pending_calls(tail: &[Message]) -> Result<Vec<ToolCall>, serde_json::Error> {
    let Some(message) = tail.first().filter(|first| first.role == Role::Assistant) else {
        return Ok(Vec::new());
    };
    let mut answered = HashSet::new();
    for message in tail {
        let heads = content::heads(&message.content)?.into_iter();
        answered.extend(heads.filter_map(|head| match head {
            Head::Result(id) => Some(id),
            Head::Call(_) => None,
        }));
    }
    let parts = content::decode(&message.content)?;
    let calls = parts.into_iter().filter_map(|part| match part {
        Part::ToolCall(call) => Some(call),
        Part::Text(_)
        | Part::Reasoning(_)
        | Part::ToolResult(_)
        | Part::Source(_)
        | Part::File(_)
        | Part::FileReference(_)
        | Part::ContextFile(_)
        | Part::Skill(_) => None,
    });
    let is_open =
        |call: &ToolCall| !call.provider_executed && !answered.contains(&call.tool_call_id);
    Ok(calls.filter(is_open).collect())
}

/// The calls among these parts that no part answers, in order.
pub(crate) fn open_among(
    message_id: MessageId,
    heads: impl IntoIterator<Item = Head>,
) -> Vec<OpenCall> {
    let mut open = Vec::new();
    let mut answered = HashSet::new();
    for head in heads {
        match head {
            Head::Call(call) => open.push(OpenCall {
                message_id,
                tool_call_id: call.tool_call_id,
                tool_name: call.tool_name,
                effect_id: call.effect_id,
            }),
            Head::Result(id) => {
                answered.insert(id);
            }
        }
    }
    open.retain(|call| !answered.contains(&call.tool_call_id));
    open
}

/// Answers calls, settles their effects, and says what was cancelled.
pub(crate) async fn answers(
    tx: &mut Tx<'_>,
    chat: ChatId,
    open: Vec<OpenCall>,
    why: CancelReason,
) -> Result<(Vec<NewMessage>, Vec<CancelledCall>), Error> {
    let mut effects = match open.first() {
        Some(call) if open.iter().any(|call| call.effect_id.is_some()) => {
            tool_effects::list_by_message(tx, call.message_id).await?
        }
        Some(_) | None => Vec::new(),
    };
    let mut messages = Vec::with_capacity(open.len());
    let mut cancelled = Vec::new();
    let (mut stopped, mut lost) = (Vec::new(), Vec::new());
    for call in open {
        let at = effects
            .iter()
            .position(|effect| Some(effect.effect_id) == call.effect_id);
        let mut effect = at.map(|at| effects.swap_remove(at));
        // The tool has answered; only the commit of its answer is missing.
        if let Some(result) = effect.as_mut().and_then(|effect| effect.result.take()) {
            messages.push(NewMessage::new(Role::Tool, result));
            continue;
        }
        let unknown = effect.as_ref().is_some_and(outcome_is_unknown);
        messages.push(synthetic(&call, why, unknown)?);
        if let Some(effect) = &effect {
            let list = if unknown { &mut lost } else { &mut stopped };
            list.push(effect.effect_id);
        }
        cancelled.push(cancelled_call(call, effect));
    }
    for (ids, state) in [
        (stopped, EffectState::Canceled),
        (lost, EffectState::Unknown),
    ] {
        if !ids.is_empty() {
            tool_effects::update_states(tx, chat, &ids, state).await?;
        }
    }
    Ok((messages, cancelled))
}

/// A remote server may have done it; what runs in our reach is stopped.
fn outcome_is_unknown(effect: &Effect) -> bool {
    match effect.state {
        EffectState::Unknown => true,
        EffectState::Starting | EffectState::Running => effect.target == EffectTarget::Mcp,
        EffectState::Reserved
        | EffectState::Exited
        | EffectState::Detached
        | EffectState::Canceled => false,
    }
}

/// The answer that the machine gives in a tool's place.
pub(crate) fn synthetic(
    call: &OpenCall,
    why: CancelReason,
    unknown: bool,
) -> Result<NewMessage, Error> {
    let text = if unknown { UNKNOWN_OUTCOME } else { why.text() };
    let part = Part::ToolResult(ToolResult {
        tool_call_id: call.tool_call_id.clone(),
        tool_name: call.tool_name.clone(),
        result: Some(json!({ "error": text })),
        is_error: true,
        outcome: unknown.then_some(Outcome::Unknown),
        ..ToolResult::default()
    });
    Ok(NewMessage::new(Role::Tool, content::encode(&[part])?))
}

pub(crate) fn cancelled_call(call: OpenCall, effect: Option<Effect>) -> CancelledCall {
    let (was, agent_id, process_id) = effect.map_or((None, None, None), |effect| {
        (Some(effect.state), effect.agent_id, effect.process_id)
    });
    CancelledCall {
        tool_call_id: call.tool_call_id,
        tool_name: call.tool_name,
        effect_id: call.effect_id,
        was,
        agent_id,
        process_id,
    }
}
