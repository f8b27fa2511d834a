//! The server's side of a workspace agent, and the types both sides share.
//!
//! The agent dials out; on its byte stream the server is the HTTP/2 client and the agent the
//! server. [`Registry`] keeps the newest link of every agent, [`Dialer`] waits for one, and
//! [`AgentClient`] makes typed calls over it, each with a deadline. What is *absent* here: the
//! product's tables, users and chats. Whoever owns those passes closures.

mod answer;
mod client;
mod dial;
mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod lines;
mod listen;
mod registry;
mod session;
pub mod stream;
pub mod wire;

pub use answer::answer;
pub use client::{
    AgentClient, CallContext, EffectTag, FileContent, GitOutput, LogChunk, PtyOutput, StreamInput,
};
pub use dial::{DialAdvice, Dialer, RowPoll};
pub use error::Error;
pub use listen::{Authenticate, Refusal, listen};
pub use registry::{Closed, LinkEvent, Registry};
pub use session::TaskExecutor;
pub use stream::ByteStream;
