//! What administrators and people add to every prompt.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What every new chat of the deployment begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SystemPromptConfig {
    /// The deployment's own text.
    pub system_prompt: String,
    /// The built-in text stands before it.
    pub include_default_system_prompt: bool,
    /// The built-in text.
    pub default_system_prompt: String,
}

/// Replaces the deployment's prompt.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateSystemPromptRequest {
    pub system_prompt: String,
    /// Absent keeps.
    #[serde(default)]
    pub include_default_system_prompt: Option<bool>,
}

/// What a person adds to all of their prompts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UserPrompt {
    pub custom_prompt: String,
    /// What was changed while it was saved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Replaces a person's own prompt.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateUserPromptRequest {
    pub custom_prompt: String,
}
