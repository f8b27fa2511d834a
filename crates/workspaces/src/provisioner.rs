//! What a driver must do, and nothing about how.
//!
//! Every operation is idempotent and keyed by workspace and build number: after a crash the
//! worker asks [`Provisioner::inspect`] and runs the same operation again. A driver never
//! receives provider keys or other people's data.

pub mod local;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use muster_base::{AgentId, Micros, Secret, UserId, WorkspaceId};
use muster_store::jobs::JobErrorCode;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

pub use crate::logs::Sink;
use crate::{AgentSpec, Document, ProvisionerKind};

/// A driver.
#[async_trait]
pub trait Provisioner: Send + Sync + fmt::Debug {
    /// Which documents it builds.
    fn kind(&self) -> ProvisionerKind;

    /// Brings the workspace up at this build number; what runs already at it is left alone.
    async fn start(&self, request: StartRequest, context: &Context) -> Result<Started, Failure>;

    /// Takes the workspace down and keeps its home; one that is down is a success.
    async fn stop(&self, target: Target, context: &Context) -> Result<(), Failure>;

    /// Removes the workspace with its home; one that is gone is a success.
    async fn delete(&self, target: Target, context: &Context) -> Result<(), Failure>;

    /// What is there now.
    async fn inspect(&self, target: &Target) -> Result<Inspection, Failure>;

    /// Serves again what ended with an earlier server process, for a workspace that is up.
    async fn attach(&self, workspace: WorkspaceId) -> Result<(), Failure>;

    /// The last lines of the driver's own output about a workspace.
    async fn logs(&self, target: &Target, lines: usize) -> Result<Vec<String>, Failure>;

    /// Ends what the driver runs inside this process; workspaces stay up.
    async fn shutdown(&self);
}

/// A shared driver.
pub type Driver = Arc<dyn Provisioner>;

/// The surroundings of one operation.
#[derive(Clone, Debug)]
pub struct Context {
    /// Fires when somebody canceled the job or its time is up; the driver ends soon then.
    pub cancel: CancellationToken,
    /// When the operation must have ended.
    pub deadline: Micros,
    /// Takes log lines and state.
    pub sink: Sink,
}

/// Which workspace, and what the driver itself noted about it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The build that asks.
    pub build_number: i64,
    /// The last state that the driver has given.
    pub state: Option<Vec<u8>>,
}

/// Everything a start needs.
#[derive(Clone, Debug)]
pub struct StartRequest {
    /// Which workspace.
    pub target: Target,
    /// Its name; the host name inside.
    pub workspace_name: String,
    /// Whose it is.
    pub owner: Owner,
    /// What to build.
    pub document: Document,
    /// Values by parameter name.
    pub parameters: BTreeMap<String, String>,
    /// The agents to start, with their tokens.
    pub agents: Vec<AgentGrant>,
    /// Where the agent reaches this server when it is not on the same machine.
    pub access_url: String,
    /// Name of the content that a new home begins with.
    pub seed: Option<String>,
    /// Whether a home that is missing may be made anew.
    pub recreate: bool,
}

/// The person a workspace belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub id: Option<UserId>,
    /// Login name.
    pub username: String,
    /// Mail address.
    pub email: String,
}

/// One agent that a driver starts.
#[derive(Clone, Debug)]
pub struct AgentGrant {
    /// Its id.
    pub id: AgentId,
    /// Its part of the document, references replaced.
    pub spec: AgentSpec,
    /// Its token: the only place where it is in plain text.
    pub token: Secret,
}

/// A workspace that is up.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// What the driver needs to find it again.
    pub state: Vec<u8>,
    /// Level and layers in force, for the API.
    pub isolation: Json,
}

/// What a driver finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Inspection {
    /// It is up.
    Running {
        /// The build that brought it up.
        build_number: i64,
        /// As [`Started::isolation`].
        isolation: Json,
    },
    /// It is down; its home is there.
    Stopped,
    /// Nothing is there.
    Absent,
    /// Something is there that does not work.
    Broken {
        /// Why.
        reason: String,
    },
}

/// An operation failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// For programs.
    pub code: JobErrorCode,
    /// For the owner, with the remedy where there is one.
    pub message: String,
}

impl Failure {
    /// A failure with its code.
    #[must_use]
    pub fn new(code: JobErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// A failure that nobody foresaw, with its causes.
    #[must_use]
    pub fn internal(what: &str, error: &dyn std::error::Error) -> Self {
        let mut message = format!("{what}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        Self::new(JobErrorCode::Internal, message)
    }
}
