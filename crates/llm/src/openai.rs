//! OpenAI's wire formats.

mod effort;

pub use effort::Effort;
