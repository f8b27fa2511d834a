//! Values, time and tasks: what every other crate stands on.
//!
//! Knows no files, sockets, SQL or JSON shapes. Everything here is either a pure value
//! (ids, times, money, limits) or one of the two things that a test must own: the
//! [`Clock`] and the [`TaskSet`].

mod backoff;
mod cache;
mod clock;
mod ids;
mod labels;
pub mod limits;
mod money;
mod patch;
mod patience;
mod period;
mod sanitize;
mod secret;
mod tasks;
mod time;

pub use backoff::Backoff;
pub use cache::Cache;
pub use clock::{Clock, Elapsed, MockClock, Stopwatch, Timer};
pub use ids::{
    AgentId, BuildId, ChatId, ConnectionId, DebugRunId, EffectId, FileId, GroupId, IdError,
    InviteId, JobId, LeaseId, MessageId, ModelConfigId, OrganizationId, PresetId, ProviderId,
    PtyId, QueueId, ReplicaId, RequestId, ResourceId, RunnerId, TemplateId, TemplateVersionId,
    UserId, WorkerId, WorkspaceId,
};
pub use labels::{LabelError, Labels, split_label};
pub use money::MicroDollars;
pub use patch::Patch;
pub use patience::{PATIENCE, in_time};
pub use period::{Period, Span};
pub use sanitize::{Sanitized, sanitize};
pub use secret::Secret;
pub use tasks::TaskSet;
pub use time::{Micros, TimeError};
