//! The long-lived component: what runs, and in which order it ends.

use std::sync::Arc;

use muster_base::{TaskSet, WorkerId};
use muster_chat_state::Machine;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config_cache::ConfigCache;
use crate::handle::EngineHandle;
use crate::options::{Options, Replicas};
use crate::parts::{PartBuffer, run_spiller};
use crate::shared::{Runners, Shared};
use crate::slots::Slots;
use crate::stream::Poller;
use crate::{Error, acquire, lease};

/// Runs the chats of this replica.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    replicas: Replicas,
    predecessor: Option<WorkerId>,
}

impl Engine {
    /// An engine that does not run yet, and the handle to it.
    #[must_use]
    pub fn new(options: Options) -> (Self, EngineHandle) {
        let Options {
            store,
            workspaces,
            worker_id,
            predecessor,
            replicas,
            stale_after,
            provider_presets,
            connect,
            capacity,
            workspace_seed,
        } = options;
        let clock = store.clock().clone();
        let shared = Arc::new(Shared {
            machine: Machine::new(store.clone()).with_stale_after(stale_after),
            config: ConfigCache::new(store.clone(), connect, provider_presets),
            parts: PartBuffer::new(clock.clone()),
            poller: Poller::default(),
            runners: Runners::default(),
            slots: Slots::new(capacity),
            wake: Notify::new(),
            tasks: TaskSet::new(),
            store,
            clock,
            worker_id,
            workspaces,
            workspace_seed,
        });
        let handle = EngineHandle {
            shared: Arc::clone(&shared),
        };
        let engine = Self {
            shared,
            replicas,
            predecessor,
        };
        (engine, handle)
    }

    /// Runs until the drain. At the end every owned chat has been let go of, so that another
    /// replica, or the next start, goes on at once.
    ///
    /// # Errors
    /// When the database fails at the start or at the end.
    pub async fn run(self, drain: CancellationToken) -> Result<(), Error> {
        let shared = &self.shared;
        if self.replicas == Replicas::Sole {
            let left = shared.machine.disown_all().await?;
            tracing::info!(chats = left, "took over what the previous process owned");
        }
        if let Some(gone) = self.predecessor {
            // Without its lease its chats count as orphans, and need not wait for it to expire.
            shared.machine.release_replica(gone).await?;
        }
        let started_at = shared.clock.now();
        lease::beat_replica(shared, started_at).await?;
        self.start_tasks();
        let lease = lease::run(Arc::clone(shared), started_at);
        shared.tasks.spawn("chat.lease", lease);
        drain.cancelled().await;
        shared.tasks.shutdown().await;
        Ok(shared.machine.release_replica(shared.worker_id).await?)
    }

    fn start_tasks(&self) {
        let tasks = &self.shared.tasks;
        let shared = Arc::clone(&self.shared);
        tasks.spawn("chat.poller", async move {
            shared.poller.run(&shared.store, shared.tasks.drain()).await;
        });
        let shared = Arc::clone(&self.shared);
        tasks.spawn("chat.config", async move {
            shared.config.follow_changes(shared.tasks.drain()).await;
        });
        let shared = Arc::clone(&self.shared);
        tasks.spawn("chat.spiller", async move {
            run_spiller(&shared.parts, &shared.store, shared.tasks.drain()).await;
        });
        tasks.spawn("chat.acquire", acquire::run(Arc::clone(&self.shared)));
    }
}
