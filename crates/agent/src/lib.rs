//! The process inside the workspace: dials out, serves its API, keeps the effect journal.
//!
//! [`run`] is the agent; [`shim::main`] is the small process around every command, which lets
//! commands outlive the agent; [`sandbox`] is what stands between both and the host. The agent
//! knows nothing of chats but their ids, and never hands its token to a child.

mod api;
mod context;
mod exec;
mod failure;
mod files;
mod git;
mod journal;
mod link;
mod options;
mod process_dir;
mod pty;
mod run;
pub mod sandbox;
pub mod shim;
pub mod socket;
mod workspace;

pub use failure::Failure;
pub use files::place::Places;
pub use journal::Error as JournalError;
pub use options::{Endpoint, Options};
pub use run::{EXIT_TOKEN_DEAD, ExitReason, StartError, run};
