//! The loop that runs chats: who owns one, what it does next, what the model is told, what its
//! tools do, and how everybody watching hears of it.
//!
//! * [`Engine`] runs the chats of one replica; [`EngineHandle`] is what others hold.
//! * `acquire` finds runnable chats, `runner` is one event loop per owned chat, and `turn` is
//!   the one thing that a runner does at a time, chosen from stored history.
//! * `tools` holds one file per tool; what a tool does outside happens once, by its effect id.
//! * `parts` is the live output in memory, `stream` the lossless feed of one chat.
//!
//! Knows nothing of HTTP and nothing of users' requests: those change a chat through
//! `chat-state`, and the engine hears of it.

mod acquire;
mod asides;
mod binding;
mod compaction;
mod config_cache;
mod debug;
mod effects;
mod engine;
mod error;
mod handle;
mod history;
mod lease;
mod model;
mod options;
mod parts;
mod processes;
mod prompt;
mod retry;
mod runner;
mod shared;
mod slots;
mod stream;
mod subagent;
mod tools;
mod turn;
mod usage_limit;
mod watch;
mod workspace;

pub use asides::initial_title;
pub use config_cache::{ConfigCache, Connect, OpenProvider};
pub use engine::Engine;
pub use error::Error;
pub use handle::EngineHandle;
pub use options::{Options, Replicas};
pub use parts::{Episode, EpisodeKey, LivePart, NumberedPart, OpenEpisode, PartBuffer, Watch};
pub use prompt::{DEFAULT_SYSTEM_PROMPT, opening};
pub use slots::Capacity;
pub use stream::{ChatStream, Cursor, CursorError, Frame, PartRole, StreamEvent, StreamStart};
pub use tools::is_reserved as is_reserved_tool;
pub use usage_limit::UsageLimitReached;
pub use watch::{OwnerEvent, OwnerWatch};
pub use workspace::WorkspaceAccess;
