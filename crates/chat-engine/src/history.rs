//! The stored conversation as the loop sees it, and what it says is to be done next.

use std::collections::HashSet;

use muster_base::limits::STEPS_PER_TURN_MAX;
use muster_base::{MessageId, ModelConfigId};
use muster_chat_state::content::{self, Part, ToolCall};
use muster_store::chat_messages::{Message, Role};

use crate::prompt::assemble::Author;
use crate::prompt::convert;

/// One message that a model may see.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) id: MessageId,
    pub(crate) author: Author,
    pub(crate) parts: Vec<Part>,
    /// The model configuration that the message was for or from.
    pub(crate) model_config_id: Option<ModelConfigId>,
    /// Where the provider keeps this answer, if it can be gone on after.
    pub(crate) response_id: Option<String>,
}

/// The conversation at one history version. Kept between the steps of a turn, so that a step
/// reads only what it does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) version: i64,
    pub(crate) items: Vec<Item>,
}

/// What one task does. Chosen from stored history alone, so that resuming after a crash and
/// going on normally are the same path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    /// Run these calls of the last answer.
    Tools(Vec<ToolCall>),
    /// The model has said its last word.
    Finish,
    /// The turn has as many steps as it may have.
    TooManySteps,
    /// Ask the model.
    Model,
}

impl History {
    /// Reads stored messages.
    ///
    /// # Errors
    /// When a content is not readable.
    pub(crate) fn read(version: i64, messages: &[Message]) -> Result<Self, serde_json::Error> {
        let mut history = Self {
            version,
            ..Self::default()
        };
        history.extend(version, messages)?;
        Ok(history)
    }

    /// Takes over what was just committed.
    ///
    /// # Errors
    /// When a content is not readable.
    pub(crate) fn extend(
        &mut self,
        version: i64,
        messages: &[Message],
    ) -> Result<(), serde_json::Error> {
        for message in messages {
            self.items.push(Item {
                id: message.id,
                author: author(message.role),
                parts: content::decode(&message.content)?,
                model_config_id: message.model_config_id,
                response_id: message.provider_response_id.clone(),
            });
        }
        self.version = version;
        Ok(())
    }

    /// What is to be done.
    pub(crate) fn next(&self) -> Next {
        let calls = self.open_calls();
        if !calls.is_empty() {
            return Next::Tools(calls);
        }
        let last = self.items.last();
        let is_answered = last.is_some_and(|item| item.author == Author::Assistant);
        if is_answered && !last.is_some_and(Item::is_paused) {
            return Next::Finish;
        }
        if self.steps() >= STEPS_PER_TURN_MAX as usize {
            return Next::TooManySteps;
        }
        Next::Model
    }

    /// Local calls of the last answer without a result, in order.
    fn open_calls(&self) -> Vec<ToolCall> {
        let last = |item: &Item| item.author == Author::Assistant;
        let Some(at) = self.items.iter().rposition(last) else {
            return Vec::new();
        };
        let tail = self.items.get(at..).unwrap_or_default();
        let parts = || tail.iter().flat_map(|item| &item.parts);
        let results = parts().filter_map(Part::as_tool_result);
        let answered: HashSet<&str> = results.map(|it| it.tool_call_id.as_str()).collect();
        let calls = parts().filter_map(Part::as_tool_call);
        let open = calls.filter(|call| {
            !call.provider_executed && !answered.contains(call.tool_call_id.as_str())
        });
        open.cloned().collect()
    }

    /// Answers since the user last spoke.
    fn steps(&self) -> usize {
        let behind = self.items.iter().rev();
        let turn = behind.take_while(|item| item.author != Author::User);
        turn.filter(|item| item.author == Author::Assistant).count()
    }
}

impl Item {
    /// The model is to go on with the same messages.
    fn is_paused(&self) -> bool {
        self.parts.last().is_some_and(convert::is_paused)
    }
}

const fn author(role: Role) -> Author {
    match role {
        Role::System => Author::System,
        Role::User => Author::User,
        Role::Assistant => Author::Assistant,
        Role::Tool => Author::Tool,
    }
}

#[cfg(test)]
mod tests;
