//! OpenAI's wire formats.

pub(crate) mod chat;
mod effort;

pub use effort::{Effort, UnknownEffort};
