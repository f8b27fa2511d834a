//! Tools that the client of a chat brings along and runs itself.
//!
//! The model is offered them beside ours. A call of one is not run here: the chat waits for its
//! client, which answers within a deadline. What is ours goes first, so no client can put itself
//! in the place of a built-in tool.

use muster_llm::ToolDefinition;
use muster_store::chats::Chat;
use serde::Deserialize;
use serde_json::Value;

/// A stored definition.
#[derive(Debug, Deserialize)]
struct Stored {
    name: String,
    #[serde(default)]
    description: String,
    input_schema: Value,
}

/// The client's tools of a chat. A list that can't be read is one without tools: the chat goes
/// on with ours.
pub(super) fn definitions(chat: &Chat) -> Vec<ToolDefinition> {
    let Some(document) = &chat.dynamic_tools else {
        return Vec::new();
    };
    let stored: Vec<Stored> = match serde_json::from_value(document.clone()) {
        Ok(stored) => stored,
        Err(error) => {
            tracing::warn!(chat.id = %chat.id, error = %error, "client's tools can't be read");
            return Vec::new();
        }
    };
    let offered = stored
        .into_iter()
        .filter(|tool| !super::is_reserved(&tool.name));
    let definition = |tool: Stored| ToolDefinition {
        name: tool.name,
        description: tool.description,
        input_schema: tool.input_schema,
    };
    offered.map(definition).collect()
}
