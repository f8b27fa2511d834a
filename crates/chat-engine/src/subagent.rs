//! Subagents: what a child takes over from its parent, and what it tells it.
//!
//! A subagent is a chat like any other below its parent. The parent's tools create it, talk to
//! it and wait for it; nothing else ties the two runs together, so either outlives the other.

use std::sync::Arc;

use muster_base::limits::SUBAGENT_REPORT_MESSAGES;
use muster_base::{ChatId, EffectId};
use muster_chat_state::content::{self, Content, Part};
use muster_chat_state::transitions::{Create, UserMessage};
use muster_store::chat_messages::{self, Message, Role};
use muster_store::chats::door::NewChat;
use muster_store::chats::{self, Chat};
use serde_json::json;

use crate::Error;
use crate::asides::initial_title;
use crate::prompt::inherited_text;
use crate::shared::Shared;
use crate::turn::worker;

/// What a subagent is told about itself, behind the instructions of its parent.
const INSTRUCTION: &str = "You are working as a subagent: another agent has delegated a task to \
     you and reads nothing of your work but your last message. Do the whole task and nothing \
     beyond it. Nobody answers questions while you work, so decide for yourself and say what \
     you assumed. You share the workspace with the agent above you and cannot create or start \
     one, and you have no subagents of your own. End with a report that stands on its own: what \
     you did, what you found, which files you touched, and what is left open.";

/// A task for a subagent.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) prompt: String,
    pub(crate) title: Option<String>,
    /// The call that delegates it, so that repeating the call finds its child.
    pub(crate) effect_id: EffectId,
}

/// The child of a parent as it is now.
///
/// # Errors
/// When the store fails or the parent can't be read.
pub(crate) async fn child_of(shared: &Shared, parent: ChatId, task: Task) -> Result<Create, Error> {
    let (parent, messages) = shared.store.get_prompt(&worker(), parent).await?;
    let Task {
        prompt,
        title,
        effect_id,
    } = task;
    let title = title.unwrap_or_else(|| initial_title(&prompt));
    let (mut system, context) = inherited(&messages, parent.workspace_id.is_some())?;
    system.push(words(INSTRUCTION)?);
    Ok(Create {
        message: UserMessage::new(words(&prompt)?, parent.owner_id),
        chat: new_chat(shared, parent, title, effect_id),
        system,
        context,
    })
}

/// Everything of the parent but its labels, its pin and its history.
fn new_chat(shared: &Shared, parent: Chat, title: String, effect_id: EffectId) -> NewChat {
    NewChat {
        id: ChatId::new(&shared.clock),
        organization_id: parent.organization_id,
        owner_id: parent.owner_id,
        parent: Some((parent.id, parent.root_chat_id)),
        workspace_id: parent.workspace_id,
        build_id: parent.build_id,
        agent_id: parent.agent_id,
        model_config_id: parent.last_model_config_id,
        reasoning_effort: parent.last_reasoning_effort,
        title,
        mode: None,
        client_type: parent.client_type,
        labels: json!({}),
        mcp_server_ids: parent.mcp_server_ids,
        system_prompt: parent.system_prompt,
        dynamic_tools: None,
        effect_id: Some(effect_id),
    }
}

/// The parent's instructions, and the context files that it was shown.
fn inherited(
    messages: &[Message],
    has_workspace: bool,
) -> Result<(Vec<Content>, Vec<Content>), Error> {
    let (mut system, mut context) = (Vec::new(), Vec::new());
    for message in messages {
        match message.role {
            Role::System => system.push(fitting(read(message)?, has_workspace)),
            Role::User => context.push(read(message)?),
            Role::Assistant | Role::Tool => {}
        }
    }
    context.retain(|parts| parts.iter().any(is_context));
    Ok((stored(&system)?, stored(&context)?))
}

/// The parent's instructions as they hold for its subagent.
fn fitting(mut parts: Vec<Part>, has_workspace: bool) -> Vec<Part> {
    for part in &mut parts {
        if let Part::Text(part) = part {
            part.text = inherited_text(&part.text, has_workspace).to_owned();
        }
    }
    parts
}

const fn is_context(part: &Part) -> bool {
    matches!(part, Part::ContextFile(_))
}

fn read(message: &Message) -> Result<Vec<Part>, Error> {
    let parts = content::decode(&message.content).map_err(muster_chat_state::Error::Content)?;
    Ok(parts)
}

fn stored(messages: &[Vec<Part>]) -> Result<Vec<Content>, Error> {
    let contents = messages.iter().map(|parts| Content::new(parts));
    let contents: Result<_, _> = contents.collect();
    Ok(contents.map_err(muster_chat_state::Error::Content)?)
}

/// Words as a message holds them.
///
/// # Errors
/// When they have no stored form.
pub(crate) fn words(text: &str) -> Result<Content, Error> {
    let content = Content::new(&[Part::text(text)]);
    Ok(content.map_err(muster_chat_state::Error::Content)?)
}

/// The last words that the model said in a chat; empty when it has said none.
///
/// # Errors
/// When the store fails or the words can't be read.
pub(crate) async fn report(shared: &Shared, chat: ChatId) -> Result<String, Error> {
    let said = shared.store.read("subagent.report", move |tx| {
        Box::pin(async move { chat_messages::list_said(tx, chat, SUBAGENT_REPORT_MESSAGES).await })
    });
    for message in said.await? {
        let text = text_of(&read(&message)?);
        if !text.is_empty() {
            return Ok(text);
        }
    }
    Ok(String::new())
}

/// The subagents of a chat that are not archived, the oldest first.
///
/// # Errors
/// When the store fails.
pub(crate) async fn list(shared: &Shared, parent: ChatId) -> Result<Vec<Chat>, Error> {
    let listed = shared.store.read("subagent.list", move |tx| {
        let roots = Arc::new([parent]);
        Box::pin(async move { chats::list_children(tx, &*roots).await })
    });
    let children = listed.await?.into_iter().map(|item| item.chat);
    Ok(children.filter(|child| !child.archived).collect())
}

fn text_of(parts: &[Part]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(part) => Some(part.text.trim()),
        Part::Reasoning(_)
        | Part::ToolCall(_)
        | Part::ToolResult(_)
        | Part::Source(_)
        | Part::File(_)
        | Part::FileReference(_)
        | Part::ContextFile(_)
        | Part::Skill(_) => None,
    });
    let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_is_the_text_alone() {
        let parts = [Part::text("One."), Part::text("  "), Part::text("Two.")];
        assert_eq!(text_of(&parts), "One.\n\nTwo.");
        assert_eq!(text_of(&[]), "");
    }
}
