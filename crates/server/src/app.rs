//! What every handler shares.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::future::BoxFuture;
use muster_agent_link::Registry;
use muster_api::ChatDiff;
use muster_base::{AgentId, Cache, ChatId, Clock, OrganizationId, TaskSet, WorkspaceId};
use muster_chat_engine::EngineHandle;
use muster_chat_state::Machine;
use muster_llm::{Failure, ProviderConfig};
use muster_store::Store;
use muster_workspaces::Workspaces;
use uuid::Uuid;

use crate::auth::csrf::Csrf;
use crate::auth::login_limits::LoginLimits;
use crate::auth::password::Passwords;
use crate::auth::rate_limit::RateLimits;
use crate::config::Config;
use crate::handlers::git::Uncached;
use crate::socket::Slots;

/// The state of the router. A cheap clone.
#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// Sockets and whatever else outlives its request; a shutdown waits for them.
    pub(crate) tasks: TaskSet,
    pub(crate) machine: Machine,
    pub(crate) engine: EngineHandle,
    pub(crate) workspaces: Workspaces,
    /// The links of agents that come over a WebSocket.
    pub(crate) links: Registry,
    pub(crate) sockets: Slots,
    /// What chats have changed, by chat and where it works.
    pub(crate) diffs: Cache<DiffKey, ChatDiff, Uncached>,
    pub(crate) deployment_id: Uuid,
    pub(crate) organization_id: OrganizationId,
    pub(crate) csrf: Csrf,
    pub(crate) passwords: Passwords,
    pub(crate) logins: LoginLimits,
    pub(crate) rates: RateLimits,
    pub(crate) metrics: MetricsText,
    pub(crate) prove: Prove,
    pub(crate) examine: Examine,
    pub(crate) address: SocketAddr,
    /// False while starting and from the moment a shutdown begins.
    pub(crate) ready: AtomicBool,
}

/// A chat and its workspace and agent: after a move the old answer is no answer.
pub(crate) type DiffKey = (ChatId, Option<WorkspaceId>, Option<AgentId>);

/// Asks a provider whether address and key are right; tests give their own.
pub type Prove =
    Arc<dyn Fn(ProviderConfig, Clock) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

/// What `muster doctor` would say of this machine. The checks belong to the program; they
/// block, and so run on a thread of their own.
pub type Examine = Arc<dyn Fn() -> Host + Send + Sync>;

/// What was found out about the machine that the server runs on.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// What isolates its workspaces; absent where it runs none.
    pub sandbox: Option<muster_api::SandboxHealth>,
    /// What else was tried.
    pub checks: Vec<muster_api::HealthCheck>,
}

/// Renders the metrics for `/metrics`; the recorder belongs to the program.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
