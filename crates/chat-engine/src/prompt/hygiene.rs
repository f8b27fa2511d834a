//! What no provider accepts never reaches one, whatever the stored history looks like.
//!
//! The result depends on earlier messages only, so that the prompt's prefix stays the same
//! from turn to turn and the provider's cache keeps hitting.

use std::collections::HashSet;

use muster_llm::{Message, Part, Role, ToolCall, ToolContent, ToolResult};

/// The answer to a call whose result was lost.
const LOST_RESULT: &str = "The call was stopped before it gave a result.";

/// Brings a conversation into the form that every provider accepts:
/// no empty parts or messages, safe and unique call ids, one result for every call directly
/// behind it in call order, and no result without its call.
pub(super) fn clean(history: Vec<(Role, Vec<Part>)>) -> Vec<Message> {
    let answered = history.iter().flat_map(|(_, parts)| parts);
    let mut cleaner = Cleaner {
        answered: answered.filter_map(provider_result_id).collect(),
        ..Cleaner::default()
    };
    let last = history.len().saturating_sub(1);
    for (at, (role, parts)) in history.into_iter().enumerate() {
        match role {
            Role::Tool => cleaner.results(parts),
            Role::User => {
                cleaner.answer_open_calls();
                cleaner.push(role, parts);
            }
            Role::Assistant => {
                cleaner.answer_open_calls();
                cleaner.assistant(parts, Place::of(at, last));
            }
        }
    }
    cleaner.answer_open_calls();
    cleaner.messages
}

/// Where a message stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Within,
    Last,
}

impl Place {
    const fn of(at: usize, last: usize) -> Self {
        if at == last { Self::Last } else { Self::Within }
    }
}

#[derive(Default)]
struct Cleaner {
    /// Provider-run calls that have their result, which after a pause is in the next message.
    answered: HashSet<String>,
    messages: Vec<Message>,
    used_ids: HashSet<String>,
    open: Vec<OpenCall>,
}

/// A local call that waits for its result.
struct OpenCall {
    stored_id: String,
    id: String,
    name: String,
    result: Option<ToolResult>,
}

impl Cleaner {
    fn push(&mut self, role: Role, parts: Vec<Part>) {
        let parts: Vec<Part> = parts.into_iter().filter(|part| !is_empty(part)).collect();
        if !parts.is_empty() {
            self.messages.push(Message::new(role, parts));
        }
    }

    fn assistant(&mut self, parts: Vec<Part>, place: Place) {
        let mut kept = Vec::with_capacity(parts.len());
        // Provider-run calls and their results keep their ids, which the native block repeats.
        for part in parts {
            match part {
                Part::ToolCall(call) if call.provider_executed => {
                    // Only at the end may one be open: there the provider goes on with it.
                    if place == Place::Last || self.answered.contains(&call.id) {
                        kept.push(Part::ToolCall(call));
                    }
                }
                Part::ToolCall(call) => kept.push(Part::ToolCall(self.local_call(call))),
                Part::ToolResult(result) => {
                    if result.provider_executed {
                        kept.push(Part::ToolResult(result));
                    }
                }
                Part::Text(_) | Part::Reasoning(_) | Part::File(_) | Part::Source(_) => {
                    kept.push(part);
                }
            }
        }
        self.push(Role::Assistant, kept);
    }

    fn local_call(&mut self, mut call: ToolCall) -> ToolCall {
        let id = self.unique_id(&call.id);
        if id != call.id {
            // The block repeats the old id, and a call must not be known by two names.
            call.native = None;
        }
        self.open.push(OpenCall {
            stored_id: std::mem::replace(&mut call.id, id.clone()),
            id,
            name: call.name.clone(),
            result: None,
        });
        call
    }

    /// The stored id in the alphabet that every provider takes, unlike every earlier one.
    fn unique_id(&mut self, stored: &str) -> String {
        let is_safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let safe: String = stored.chars().filter(is_safe).collect();
        let base = if safe.is_empty() {
            "call".to_owned()
        } else {
            safe
        };
        let mut id = base.clone();
        let mut copy = 1_u32;
        while !self.used_ids.insert(id.clone()) {
            copy += 1;
            id = format!("{base}_{copy}");
        }
        id
    }

    fn results(&mut self, parts: Vec<Part>) {
        for part in parts {
            let Part::ToolResult(mut result) = part else {
                continue;
            };
            let waiting =
                |open: &&mut OpenCall| open.result.is_none() && open.stored_id == result.call_id;
            if let Some(open) = self.open.iter_mut().find(waiting) {
                result.call_id.clone_from(&open.id);
                open.result = Some(result);
            }
        }
    }

    fn answer_open_calls(&mut self) {
        let answers: Vec<Part> = self.open.drain(..).map(OpenCall::answer).collect();
        if !answers.is_empty() {
            self.messages.push(Message::new(Role::Tool, answers));
        }
    }
}

impl OpenCall {
    fn answer(self) -> Part {
        let Self {
            stored_id: _,
            id,
            name,
            result,
        } = self;
        Part::ToolResult(result.unwrap_or_else(|| ToolResult {
            call_id: id,
            name,
            content: vec![ToolContent::Text(LOST_RESULT.to_owned())],
            is_error: true,
            ..ToolResult::default()
        }))
    }
}

fn provider_result_id(part: &Part) -> Option<String> {
    match part {
        Part::ToolResult(result) if result.provider_executed => Some(result.call_id.clone()),
        Part::ToolResult(_)
        | Part::Text(_)
        | Part::Reasoning(_)
        | Part::ToolCall(_)
        | Part::File(_)
        | Part::Source(_) => None,
    }
}

fn is_empty(part: &Part) -> bool {
    match part {
        Part::Text(part) => part.text.trim().is_empty() && part.native.is_none(),
        Part::Reasoning(part) => {
            part.text.is_empty() && part.encrypted.is_none() && part.native.is_none()
        }
        // Never sent to a model.
        Part::Source(_) => true,
        Part::ToolCall(_) | Part::ToolResult(_) | Part::File(_) => false,
    }
}

#[cfg(test)]
mod tests;
