//! How the engine is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use muster_base::WorkerId;
use muster_base::limits::CHAT_STALE_AFTER;
use muster_llm::ProviderConfig;
use muster_store::{Engine as Database, Store};

use crate::config_cache::Connect;
use crate::slots::Capacity;
use crate::workspace::WorkspaceAccess;

/// Whether other servers may share the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replicas {
    /// This is the only one, as the lock of the data folder proves: whatever is owned at the
    /// start was left by a dead process.
    Sole,
    /// There may be others: what is owned is theirs until their lease is dead.
    Several,
}

/// How the engine is set up.
#[derive(Clone)]
pub struct Options {
    /// All tables.
    pub store: Store,
    /// Links to agents and the workspace tools.
    pub workspaces: Arc<dyn WorkspaceAccess>,
    /// This process's worker; new at every start.
    pub worker_id: WorkerId,
    /// The worker of a process that is known to have ended: what it owned is free at once.
    pub predecessor: Option<WorkerId>,
    /// Whether other servers may share the database.
    pub replicas: Replicas,
    /// An owned chat without a younger heartbeat may be taken over.
    pub stale_after: Duration,
    /// Providers of the environment, for those that no row configures.
    pub provider_presets: Vec<ProviderConfig>,
    /// Opens a provider.
    pub connect: Connect,
    /// How many chats run at once here.
    pub capacity: Capacity,
    /// Name of the content that the homes of new workspaces begin with.
    pub workspace_seed: Option<String>,
}

impl Options {
    /// The defaults of production.
    #[must_use]
    pub fn new(store: Store, workspaces: Arc<dyn WorkspaceAccess>) -> Self {
        let replicas = match store.engine() {
            Database::Sqlite => Replicas::Sole,
            Database::Postgres => Replicas::Several,
        };
        Self {
            worker_id: WorkerId::new(store.clock()),
            predecessor: None,
            store,
            workspaces,
            replicas,
            stale_after: CHAT_STALE_AFTER,
            provider_presets: Vec::new(),
            connect: Arc::new(ProviderConfig::connect),
            capacity: Capacity::default(),
            workspace_seed: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("worker_id", &self.worker_id)
            .field("replicas", &self.replicas)
            .field("stale_after", &self.stale_after)
            .finish_non_exhaustive()
    }
}
