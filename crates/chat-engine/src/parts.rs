//! Live output of running chats: what a model or tool has said that is not committed yet.
//!
//! Parts never travel through the bus and are never stored one by one. They wait in the
//! owner's memory, one [`Episode`] per (chat, history version, generation attempt). Readers
//! hold a sequence number and pull; nothing is queued per reader, so a reader that stops
//! costs nothing and a writer never waits for one.

mod buffer;
mod episode;
mod live;
mod spill;

pub use buffer::{EpisodeKey, OpenEpisode, PartBuffer, Watch};
pub use episode::{Episode, NumberedPart};
pub use live::LivePart;
pub(crate) use spill::{read_spilled, run as run_spiller, sweep as sweep_spilled};
