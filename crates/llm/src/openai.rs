//! OpenAI's wire formats.

pub(crate) mod chat;
mod effort;

pub use effort::{Effort, UnknownEffort};

use serde::{Deserialize, Serialize};

/// Which of OpenAI's two formats a model is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireApi {
    /// `POST /responses`.
    Responses,
    /// `POST /chat/completions`.
    ChatCompletions,
}

/// Names of models that are asked in the Responses format. Everything else, and so every model
/// behind a compatible server, is asked in Chat Completions.
const RESPONSES_PREFIXES: [&str; 9] = [
    "gpt-4.1",
    "gpt-4o",
    "gpt-5",
    "o1",
    "o3",
    "o4",
    "codex",
    "computer-use",
    "chatgpt-",
];

/// The format in which OpenAI and Azure are asked for `model`: what the model configuration
/// says, else what the name says.
#[must_use]
pub fn wire_api_for(model: &str, configured: Option<WireApi>) -> WireApi {
    let by_name = || {
        let is_known = RESPONSES_PREFIXES
            .iter()
            .any(|prefix| model.starts_with(prefix));
        if is_known {
            WireApi::Responses
        } else {
            WireApi::ChatCompletions
        }
    };
    configured.unwrap_or_else(by_name)
}

#[cfg(test)]
mod tests;
