//! Workspaces: templates, builds, the jobs that run them, their agents' status, and which
//! agent a chat talks to.
//!
//! * [`Service`] runs provisioner jobs and keeps the agents' connection times;
//!   [`Workspaces`] is its handle.
//! * A build is a row and a job. The job is leased by one worker, which asks the driver
//!   ([`provisioner::Provisioner`]) what is there first and then converges, so that a job
//!   may be run again after any crash.
//! * Statuses are pure functions of rows ([`status`]); none is ever stored.
//! * For chats there are the template tools, `create_for_chat`, `start_for_chat` (F22) and
//!   [`Workspaces::connect`] (F05).
//!
//! What is absent: HTTP, models, and the chat's row; whoever owns that passes a
//! [`ChatDoor`].

mod agent_auth;
mod binding;
mod builds;
mod chat;
mod document;
mod error;
mod logs;
mod names;
mod presence;
pub mod provisioner;
mod reach;
mod service;
pub mod status;
mod templates;
mod worker;

pub use agent_auth::AuthError;
pub use binding::{ChatBinding, ConnectError, Connection};
pub use builds::{CreateWorkspace, Created, NewBuild};
pub use chat::{
    ChatDoor, ChatError, CreateForChat, CreateResult, ListTemplates, ReadTemplate, StartForChat,
    StartResult, StartupScripts, TemplateSummary, ToolAgentStatus,
};
pub use document::{
    AgentSpec, ByteSize, Choice, Document, DocumentError, FormType, Monotonic, Network,
    NetworkMode, Parameter, ParameterType, Preset, ProvisionerKind, Resources, SandboxOptions,
    SandboxRequirement, Scope, Script,
};
pub use error::{Error, ParameterProblem};
pub use names::{generated_name, is_valid_name};
pub use reach::ReachError;
pub use service::{Allowed, Allowlist, Options, Service, Workspaces};
pub use templates::BUILTIN_LOCAL;
