//! What a chat's tools do with workspaces: look at templates, create one, start one (F22).
//!
//! The recorded status decides, never one dial: an agent that does not answer for a moment
//! must not cost the user a workspace.

mod create;
mod start;
mod templates;
mod wait;

use std::collections::BTreeMap;

use async_trait::async_trait;
use muster_base::{ChatId, EffectId, UserId};
use muster_store as store;
use muster_store::workspace_agents::Lifecycle;
use serde::Serialize;
use serde_json::Value as Json;

pub use templates::{ListTemplates, ReadTemplate, TemplateSummary};

use crate::{ChatBinding, Error};

/// The door to the chat's row, which is not ours: reads its binding and writes a new one.
#[async_trait]
pub trait ChatDoor: Send + Sync {
    /// The binding as it is now.
    async fn binding(&self) -> Result<ChatBinding, Box<dyn std::error::Error + Send + Sync>>;

    /// Stores a binding; watchers of the chat hear of it.
    async fn bind(
        &self,
        binding: ChatBinding,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// `create_workspace`.
#[derive(Clone, Debug)]
pub struct CreateForChat {
    /// Which chat.
    pub chat_id: ChatId,
    /// Its owner, whose the workspace will be.
    pub owner_id: UserId,
    /// The call; calling again gives the first answer.
    pub effect_id: EffectId,
    /// The template, as the model wrote it.
    pub template_id: String,
    /// The name, as the model wrote it.
    pub name: Option<String>,
    /// Chosen values by parameter name.
    pub parameters: BTreeMap<String, String>,
    /// Name of the content that the home begins with.
    pub seed: Option<String>,
}

/// `start_workspace`.
#[derive(Clone, Debug)]
pub struct StartForChat {
    /// Which chat.
    pub chat_id: ChatId,
    /// The call; calling again gives the first answer.
    pub effect_id: EffectId,
}

/// What `create_workspace` answers. What goes wrong after the creation is a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateResult {
    /// Whether this call made the workspace.
    pub created: bool,
    /// Its name.
    pub workspace_name: String,
    /// How the workspace stands, when it is not simply up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What to know or do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is wrong with the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_status: Option<ToolAgentStatus>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_error: Option<String>,
    /// What is wrong with the start-up scripts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub startup_scripts: Option<StartupScripts>,
    /// How far the agent's own start has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_state: Option<Lifecycle>,
}

/// What `start_workspace` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StartResult {
    /// Whether the workspace is up.
    pub started: bool,
    /// Its name.
    pub workspace_name: String,
    /// What is wrong with the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_status: Option<ToolAgentStatus>,
    /// What to know or do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What is wrong with an agent, for the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolAgentStatus {
    /// It has not connected yet.
    NotReady,
    /// The build has none.
    NoAgent,
    /// There are several and none can be chosen.
    SelectionError,
}

/// What is wrong with the start-up scripts, for the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::enum_variant_names,
    reason = "the wire names repeat the subject"
)]
pub enum StartupScripts {
    /// One failed.
    StartupScriptsFailed,
    /// They took too long.
    StartupScriptsTimeout,
    /// It could not be found out.
    StartupScriptsUnknown,
}

/// A tool could not do its work; the text is for the model.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// Not an id, not a template, or not one that this chat may use: one answer for all.
    #[error("there is no template `{0}` that this chat may use; list_templates names them")]
    UnknownTemplate(String),
    /// Values were refused.
    #[error("parameter values were refused: {0}")]
    Parameters(String),
    /// The chat has nothing to start.
    #[error("this chat has no workspace; use create_workspace to create one")]
    NoWorkspace,
    /// It was deleted.
    #[error("the workspace was deleted; use create_workspace to create another one")]
    Deleted,
    /// The request was refused or failed.
    #[error(transparent)]
    Workspace(#[from] Error),
    /// The chat's row could not be read or written.
    #[error("the chat could not be updated")]
    Chat(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<store::Error> for ChatError {
    fn from(error: store::Error) -> Self {
        Self::Workspace(error.into())
    }
}

/// An object without its empty fields, for a model that pays for every one.
fn without_empty(mut value: Json) -> Json {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, field| {
            !field.is_null()
                && field.as_str() != Some("")
                && field.as_array().is_none_or(|list| !list.is_empty())
        });
    }
    value
}

/// The first characters of a text.
fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
