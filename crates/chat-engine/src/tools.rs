//! What the model can call: one file per tool, one line per tool in [`ALL`].
//!
//! A tool never fails its turn: unknown names, bad arguments, refusals and time-outs are all
//! results that the model reads. What a tool did outside is made exactly once by the effect
//! id of its call; which kind of care that takes is the tool's [`Class`].

mod children;
mod close_agent;
mod context;
mod create_workspace;
mod duration;
mod dynamic;
mod edit_files;
mod execute;
mod interrupt_agent;
mod list_agents;
mod list_templates;
mod message_agent;
mod output;
mod process_list;
mod process_output;
mod process_signal;
mod propose_plan;
mod read_file;
mod read_template;
mod spawn_agent;
mod start_workspace;
mod wait_agent;
mod write_file;

use std::collections::HashSet;
use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use muster_chat_state::transitions::CLEARED_TOOL;
use muster_llm::ToolDefinition;
use muster_store::chats::Chat;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::compaction;

pub(crate) use context::{CallContext, Earlier};
pub(crate) use output::{Ending, Output};

/// How a call is made exactly once (or safely again) after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Changes nothing: run again.
    Pure,
    /// The agent's journal knows the effect id: ask it, then send the same id again.
    Journaled,
    /// What the tool creates carries the effect id in our database: the second call finds it.
    Keyed,
}

/// Which chats a tool is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Every chat.
    Everyone,
    /// Chats that are no subagents.
    Roots,
    /// As [`Audience::Roots`], under a name that is understood but not offered.
    Alias,
}

/// One thing that the model can call.
pub(crate) trait Tool: Send + Sync {
    /// The name in calls; the registry is sorted by it.
    fn name(&self) -> &'static str;
    /// What the tool does and when to use it, for the model.
    fn description(&self) -> &'static str;
    /// JSON schema of the arguments.
    fn schema(&self) -> Value;
    /// How it is made exactly once.
    fn class(&self) -> Class;
    /// Whose it is.
    fn audience(&self) -> Audience {
        Audience::Everyone
    }
    /// Runs one call.
    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output>;
}

/// Every tool, by name: the order is part of the prompt's prefix.
pub(crate) static ALL: &[&dyn Tool] = &[
    &close_agent::CloseAgent,
    &create_workspace::CreateWorkspace,
    &edit_files::EditFiles,
    &execute::Execute,
    &interrupt_agent::InterruptAgent,
    &list_agents::ListAgents,
    &list_templates::ListTemplates,
    &message_agent::MessageAgent,
    &process_list::ProcessList,
    &process_output::ProcessOutput,
    &process_signal::ProcessSignal,
    &propose_plan::ProposePlan,
    &read_file::ReadFile,
    &read_template::ReadTemplate,
    &spawn_agent::SpawnAgent,
    &start_workspace::StartWorkspace,
    &wait_agent::WaitAgent,
    &write_file::WriteFile,
];

/// The tool of that name.
pub(crate) fn find(name: &str) -> Option<&'static dyn Tool> {
    ALL.iter().copied().find(|tool| tool.name() == name)
}

/// The tool of that name, if a chat of this kind has it.
pub(crate) fn find_for(name: &str, is_root: bool) -> Option<&'static dyn Tool> {
    find(name).filter(|tool| match tool.audience() {
        Audience::Everyone => true,
        Audience::Roots | Audience::Alias => is_root,
    })
}

/// What a chat's model is offered; made once, because every request repeats it.
static FOR_ROOTS: LazyLock<Vec<ToolDefinition>> = LazyLock::new(|| {
    defined(|audience| match audience {
        Audience::Everyone | Audience::Roots => true,
        Audience::Alias => false,
    })
});

/// The same for subagents.
static FOR_SUBAGENTS: LazyLock<Vec<ToolDefinition>> =
    LazyLock::new(|| defined(|audience| audience == Audience::Everyone));

fn defined(is_offered: impl Fn(Audience) -> bool) -> Vec<ToolDefinition> {
    let offered = ALL.iter().filter(|tool| is_offered(tool.audience()));
    let definition = |tool: &&dyn Tool| ToolDefinition {
        name: tool.name().to_owned(),
        description: tool.description().to_owned(),
        input_schema: tool.schema(),
    };
    offered.map(definition).collect()
}

/// What the model of a chat is offered.
pub(crate) fn definitions(is_root: bool) -> Vec<ToolDefinition> {
    if is_root {
        FOR_ROOTS.clone()
    } else {
        FOR_SUBAGENTS.clone()
    }
}

/// What the model of this chat is offered: ours, and what its client brought along. In the order
/// of their names, which is part of the prompt's prefix.
pub(crate) fn definitions_for(chat: &Chat) -> Vec<ToolDefinition> {
    let mut all = definitions(chat.is_root());
    let of_client = dynamic::definitions(chat);
    if !of_client.is_empty() {
        all.extend(of_client);
        all.sort_by(|one, other| one.name.cmp(&other.name));
    }
    all
}

/// The names of the tools that the chat's client runs.
pub(crate) fn names_of_client(chat: &Chat) -> HashSet<String> {
    let of_client = dynamic::definitions(chat).into_iter();
    of_client.map(|tool| tool.name).collect()
}

/// Whether a name is one of ours, or stands for something that a provider or the history means
/// by it: no client's tool can have it.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    const OTHERS: [&str; 4] = [
        CLEARED_TOOL,
        compaction::SUMMARY_TOOL,
        "computer",
        "web_search",
    ];
    find(name).is_some() || OTHERS.contains(&name)
}

/// Reads a call's arguments.
///
/// # Errors
/// The result that tells the model what is wrong with them.
fn parse<T: DeserializeOwned>(args: Value) -> Result<T, Output> {
    // Stored as text: what the model wrote was no JSON at all. Say where it broke.
    if let Value::String(broken) = &args {
        let Err(error) = serde_json::from_str::<Value>(broken) else {
            return Err(Output::error("The arguments must be a JSON object."));
        };
        return Err(Output::error(format!(
            "The arguments are not valid JSON: {error}"
        )));
    }
    serde_json::from_value(args)
        .map_err(|error| Output::error(format!("The arguments are not valid: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registry_is_sorted_and_names_are_unique() {
        let names: Vec<&str> = ALL.iter().map(|tool| tool.name()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }

    #[test]
    fn every_schema_is_a_closed_object_with_described_parameters() {
        for definition in definitions(true) {
            let schema = &definition.input_schema;
            assert_eq!(schema["type"], "object", "{}", definition.name);
            assert_eq!(schema["additionalProperties"], false, "{}", definition.name);
            let properties = schema["properties"].as_object().unwrap();
            for (name, property) in properties {
                assert!(property["description"].is_string(), "{name}");
            }
            for required in schema["required"].as_array().unwrap() {
                assert!(properties.contains_key(required.as_str().unwrap()));
            }
        }
    }

    #[test]
    fn subagents_have_no_workspaces_to_manage_and_no_subagents() {
        let names = |is_root| -> Vec<String> {
            let offered = definitions(is_root);
            offered.into_iter().map(|tool| tool.name).collect()
        };
        let (root, child) = (names(true), names(false));
        let missing: Vec<&String> = root.iter().filter(|name| !child.contains(name)).collect();
        assert_eq!(
            missing,
            [
                "close_agent",
                "create_workspace",
                "list_agents",
                "list_templates",
                "message_agent",
                "propose_plan",
                "read_template",
                "spawn_agent",
                "start_workspace",
                "wait_agent",
            ]
        );
        assert!(find_for("interrupt_agent", true).is_some());
        assert!(find_for("interrupt_agent", false).is_none());
        assert!(find_for("execute", false).is_some());
    }

    #[test]
    fn broken_arguments_are_answered_with_the_place_where_they_broke() {
        let broken = Value::String(r#"{"command": "ls"#.to_owned());
        let output = parse::<serde_json::Map<String, Value>>(broken).unwrap_err();
        assert!(output.is_error);
        let text = output.value["error"].as_str().unwrap().to_owned();
        assert!(text.contains("line 1 column 15"), "{text}");
    }
}
