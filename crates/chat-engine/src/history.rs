//! The stored conversation as the loop sees it, and what it says is to be done next.

use std::collections::HashSet;

use muster_base::limits::STEPS_PER_TURN_MAX;
use muster_base::{AgentId, MessageId, ModelConfigId};
use muster_chat_state::content::{self, Part, ToolCall};
use muster_store::chat_messages::{Message, Role, Usage};

use crate::compaction;
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

/// What one step found in the model's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) id: MessageId,
    pub(crate) model: Option<ModelConfigId>,
    pub(crate) tokens: i64,
    pub(crate) limit: Option<i64>,
}

/// The conversation at one history version. Kept between the steps of a turn, so that a step
/// reads only what it does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) version: i64,
    pub(crate) items: Vec<Item>,
    /// What the steps found in the model's window, as far as providers told.
    pub(crate) used: Vec<Used>,
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
            let tokens = context_tokens(&message.usage);
            let tokens = tokens.filter(|_| !message.compressed && message.role == Role::Assistant);
            self.used.extend(tokens.map(|tokens| Used {
                id: message.id,
                model: message.model_config_id,
                tokens,
                limit: message.usage.context_limit,
            }));
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
        if is_answered && !self.is_paused() {
            return Next::Finish;
        }
        if self.steps() >= STEPS_PER_TURN_MAX as usize {
            return Next::TooManySteps;
        }
        Next::Model
    }

    /// The last answer was a pause: the model is to go on with the same messages.
    pub(crate) fn is_paused(&self) -> bool {
        self.items.last().is_some_and(Item::is_paused)
    }

    /// Whether there is anything that a summary could take the place of.
    pub(crate) fn is_compactable(&self) -> bool {
        let said = |item: &Item| matches!(item.author, Author::Assistant | Author::Tool);
        self.items.iter().any(said)
    }

    /// What the user has said since the model last spoke.
    pub(crate) fn unanswered(&self) -> &[Item] {
        let spoke = |item: &Item| item.author != Author::User;
        let from = self.items.iter().rposition(spoke).map_or(0, |at| at + 1);
        self.items.get(from..).unwrap_or_default()
    }

    /// How many messages of the user there are behind one.
    pub(crate) fn spoken_since(&self, id: MessageId) -> usize {
        let behind = self.items.iter().filter(|item| item.id > id);
        behind.filter(|item| item.is_spoken()).count()
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

    /// Whether the conversation holds what this agent told about its workspace.
    pub(crate) fn knows_context_of(&self, agent: AgentId) -> bool {
        let parts = self.items.iter().flat_map(|item| &item.parts);
        let mut agents = parts.filter_map(|part| match part {
            Part::ContextFile(file) => file.context_file_agent_id,
            Part::Text(_)
            | Part::Reasoning(_)
            | Part::ToolCall(_)
            | Part::ToolResult(_)
            | Part::Source(_)
            | Part::File(_)
            | Part::FileReference(_)
            | Part::Skill(_) => None,
        });
        agents.any(|known| known == agent)
    }

    /// Answers since the user last spoke, those that were summarised among them.
    fn steps(&self) -> usize {
        let from = self.items.iter().rposition(Item::is_spoken);
        let tail = self.items.get(from.map_or(0, |at| at + 1)..);
        let answers = tail.unwrap_or_default().iter();
        let answers = answers.filter(|item| item.author == Author::Assistant);
        let first = from.and_then(|at| self.items.get(at)?.parts.first());
        answers.count() + first.and_then(compaction::steps_of).unwrap_or_default()
    }

    /// What takes the place of the conversation so far.
    pub(crate) fn summary(&self, text: &str) -> Part {
        compaction::summary_part(text, self.steps())
    }
}

impl Item {
    /// What a workspace told about itself: a user's message only in form.
    pub(crate) fn is_context(&self) -> bool {
        let is_file = |part: &Part| matches!(part, Part::ContextFile(_));
        self.author == Author::User && self.parts.iter().all(is_file)
    }

    /// A user has said it.
    pub(crate) fn is_spoken(&self) -> bool {
        self.author == Author::User && !self.is_context()
    }

    /// The model is to go on with the same messages.
    fn is_paused(&self) -> bool {
        self.parts.last().is_some_and(convert::is_paused)
    }
}

/// Input, fresh and cached; a provider that tells only the sum is taken at that.
pub(crate) fn context_tokens(usage: &Usage) -> Option<i64> {
    let read = [
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_creation_tokens,
    ];
    if read.iter().all(Option::is_none) {
        return usage.total_tokens;
    }
    Some(read.into_iter().flatten().sum())
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
