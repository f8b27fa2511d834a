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
