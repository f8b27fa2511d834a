//! The lossless stream of one chat: durable state and live output, in order, from any point.
//!
//! One loop per client with two operations. *Sync* compares what the client knows with the
//! database and sends the difference; a new client knows nothing, so bootstrap is the same
//! code. *Part* sends live output of exactly the history and attempt that the client knows.
//! Hints only say when to look: lost, doubled or reordered ones change nothing.

mod client;
mod cursor;
mod event;
mod poller;
mod sync;

pub use client::{ChatStream, StreamStart};
pub use cursor::{Cursor, CursorError};
pub use event::{Frame, PartRole, StreamEvent};
pub(crate) use poller::Poller;
