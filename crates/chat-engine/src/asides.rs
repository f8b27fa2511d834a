//! What models are asked beside a conversation: a title for it, and what a turn came to.
//!
//! None of it holds a turn up. A cheap model is asked where there is one, for a short answer
//! in a fixed form, and what asking cost is charged to the chat's owner whatever came of it.

mod ask;
mod candidates;
mod conversation;
mod initial_title;
mod title;
mod turn_summary;

pub use initial_title::initial_title;
pub(crate) use title::{find_for_new, regenerate};
pub(crate) use turn_summary::Ended;
