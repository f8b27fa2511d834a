//! The durable machine of a chat: states, transitions, and the one door for writes.
//!
//! * [`State`] and [`table::allowed`] are the published table; nothing happens to a chat that
//!   is not a cell of it.
//! * [`Machine::update`] is the door: lock the row, move the version once, run transitions,
//!   derive the other versions, check the end, commit, tell. There are no triggers.
//! * A transition is a struct of its inputs in its own file below [`transitions`]. It returns
//!   facts; it never spawns, sends or sleeps.
//! * A worker's write carries a [`Fence`]; an owner that was replaced gets [`Error::Stale`].
//! * [`effects`] is the ledger that lets a tool's effect happen once.
//!
//! Knows nothing of HTTP, models, prompts or workspaces.

mod asides;
mod bundle;
pub mod content;
pub mod effects;
mod error;
mod fence;
mod machine;
mod metadata;
pub mod ownership;
mod sharing;
mod state;
mod synthetics;
pub mod table;
pub mod transitions;

pub use asides::{Aside, FoundTitle, TurnSummary};
pub use bundle::Bundle;
pub use content::Part;
pub use error::{Error, Reason};
pub use fence::Fence;
pub use machine::{Binding, Command, Machine, Updated};
pub use metadata::Change;
pub use sharing::{Access, Share, ShareError};
pub use state::{ChatStatus, State, Transition, classify};
pub use synthetics::{CancelledCall, OpenCall, UNKNOWN_OUTCOME, pending_calls};
