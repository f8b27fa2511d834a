//! The long-lived component: options, the service that runs, the handle others hold.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;
use muster_agent_link::{Dialer, Registry};
use muster_base::{
    ChatId, Clock, OrganizationId, ReplicaId, TaskSet, TemplateId, WorkerId, limits,
};
use muster_store::{Engine, Store};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::provisioner::Driver;
use crate::{Error, ProvisionerKind, presence, worker};

/// Which templates chats may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// All of them.
    All,
    /// These.
    Only(HashSet<TemplateId>),
}

/// Reads the list of templates that chats may use, at each call of a tool. A failure means
/// that nothing is allowed.
pub type Allowlist = Arc<
    dyn Fn() -> BoxFuture<'static, Result<Allowed, Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + Sync,
>;

/// How the component is set up.
#[derive(Clone)]
pub struct Options {
    /// All tables.
    pub store: Store,
    /// This process, among those that share the database.
    pub replica_id: ReplicaId,
    /// Who takes jobs in this process.
    pub worker_id: WorkerId,
    /// Who took jobs in the process before, which is known to have ended: what it left
    /// unfinished need not wait for its lease to run out.
    pub predecessor: Option<WorkerId>,
    /// The organization whose built-in template is kept.
    pub organization_id: OrganizationId,
    /// The links of this process.
    pub registry: Registry,
    /// The drivers of this process, at most one of a kind.
    pub drivers: Vec<Driver>,
    /// Jobs that run side by side.
    pub workers: usize,
    /// Where agents on other machines reach this server.
    pub access_url: String,
    /// An agent without a younger heartbeat is disconnected.
    pub agent_inactive_after: Duration,
    /// Which templates chats may use; all when absent.
    pub allowlist: Option<Allowlist>,
}

impl Options {
    /// The defaults of production.
    #[must_use]
    pub fn new(
        store: Store,
        replica_id: ReplicaId,
        organization_id: OrganizationId,
        registry: Registry,
        drivers: Vec<Driver>,
    ) -> Self {
        Self {
            worker_id: WorkerId::new(store.clock()),
            predecessor: None,
            store,
            replica_id,
            organization_id,
            registry,
            drivers,
            workers: limits::PROVISIONER_WORKERS,
            access_url: String::new(),
            agent_inactive_after: limits::AGENT_INACTIVE_AFTER,
            allowlist: None,
        }
    }
}

/// The handle: a cheap clone.
#[derive(Clone)]
pub struct Workspaces(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) options: Options,
    pub(crate) worker_id: WorkerId,
    pub(crate) dialer: Dialer,
    /// One lock per chat, shared by the tools that bind it to a workspace.
    chats: Mutex<HashMap<ChatId, Weak<tokio::sync::Mutex<()>>>>,
}

/// Runs jobs and keeps the agents' connection times.
#[derive(Debug)]
pub struct Service {
    workspaces: Workspaces,
}

impl Service {
    /// A service with its handle. Nothing happens until [`Service::run`].
    #[must_use]
    pub fn new(options: Options) -> (Self, Workspaces) {
        let clock = options.store.clock().clone();
        let workspaces = Workspaces(Arc::new(Inner {
            store: options.store.clone(),
            worker_id: options.worker_id,
            dialer: Dialer::new(options.registry.clone()),
            chats: Mutex::default(),
            clock,
            options,
        }));
        let handle = workspaces.clone();
        (Self { workspaces }, handle)
    }

    /// Puts everything in place that must be there before requests are served: the built-in
    /// template, jobs of an earlier process, sockets of running workspaces.
    ///
    /// # Errors
    /// A failing database.
    pub async fn prepare(&self) -> Result<(), Error> {
        let workspaces = &self.workspaces;
        workspaces.insert_builtin_template().await?;
        if workspaces.0.store.engine() == Engine::Sqlite {
            worker::release(workspaces, None).await?;
        } else if let Some(gone) = workspaces.0.options.predecessor {
            worker::release(workspaces, Some(gone)).await?;
        }
        worker::attach_all(workspaces).await
    }

    /// Works until `drain` fires; returns when everything it started has ended. Workspaces
    /// stay up, jobs that were running are run again by the next process.
    pub async fn run(self, drain: CancellationToken) {
        let tasks = TaskSet::new();
        let stop = tasks.drain().clone();
        let here = &self.workspaces;
        tasks.spawn("workspaces.jobs", worker::run(here.clone(), stop.clone()));
        tasks.spawn(
            "workspaces.sweep",
            worker::sweep(here.clone(), stop.clone()),
        );
        tasks.spawn("workspaces.presence", presence::run(here.clone(), stop));
        drain.cancelled().await;
        tasks.shutdown().await;
        for driver in &here.0.options.drivers {
            driver.shutdown().await;
        }
    }
}

impl Workspaces {
    /// The driver of a kind, if this process has it.
    pub(crate) fn driver(&self, kind: ProvisionerKind) -> Option<&Driver> {
        self.0.options.drivers.iter().find(|d| d.kind() == kind)
    }

    /// Finds or awaits the links of agents.
    #[must_use]
    pub fn dialer(&self) -> &Dialer {
        &self.0.dialer
    }

    /// An agent without a younger heartbeat is disconnected.
    #[must_use]
    pub fn agent_inactive_after(&self) -> Duration {
        self.0.options.agent_inactive_after
    }

    /// Waits for the turn of one of a chat's binding tools. Waiting callers keep the lock
    /// alive; when the last one is gone its entry is swept out by the next caller.
    pub(crate) async fn lock_chat(&self, id: ChatId) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut chats = self.0.chats.lock();
            chats.retain(|_, lock| lock.strong_count() > 0);
            let known = chats.get(&id).and_then(Weak::upgrade);
            let lock = known.unwrap_or_default();
            chats.insert(id, Arc::downgrade(&lock));
            lock
        };
        lock.lock_owned().await
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("drivers", &self.drivers)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Workspaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workspaces")
    }
}
