//! From stored history to what a model is sent, and from a model's answer to what is stored.

pub(crate) mod assemble;
pub(crate) mod blocks;
pub(crate) mod chaining;
pub(crate) mod convert;
pub(crate) mod files;
mod fragment;
mod hygiene;
mod opening;
mod paste;

pub(crate) use opening::inherited_text;
pub use opening::opening;

/// What every agent is told first; the deployment's own prompt follows it.
pub const DEFAULT_SYSTEM_PROMPT: &str = include_str!("prompt/system.md");
