//! The sockets on which agents reach this process, one per workspace.

use std::collections::HashMap;
use std::io;

use muster_agent::socket;
use muster_agent_link::{Registry, listen};
use muster_base::{TaskSet, WorkspaceId};
use muster_store::Store;
use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::layout::Layout;
use crate::agent_auth;

/// A socket that is served.
#[derive(Debug)]
struct Served {
    drain: CancellationToken,
    task: JoinHandle<Option<()>>,
}

/// All sockets of this process.
#[derive(Debug)]
pub(super) struct Links {
    store: Store,
    registry: Registry,
    tasks: TaskSet,
    served: Mutex<HashMap<WorkspaceId, Served>>,
}

impl Links {
    pub(super) fn new(store: Store, registry: Registry, tasks: TaskSet) -> Self {
        Self {
            store,
            registry,
            tasks,
            served: Mutex::default(),
        }
    }

    /// Serves a workspace's socket, unless it is served already and still there.
    ///
    /// # Errors
    /// When the socket can't be bound.
    pub(super) async fn open(&self, layout: &Layout) -> io::Result<()> {
        let id = layout.workspace_id();
        let is_served = {
            let served = self.served.lock();
            served
                .get(&id)
                .is_some_and(|served| !served.task.is_finished())
        };
        if is_served && layout.link_socket().exists() {
            return Ok(());
        }
        self.close(id).await;
        // The agent may be another user; the folder around it and the token are the guards.
        let listener = socket::bind(&layout.link_socket(), 0o666)?;
        let drain = CancellationToken::new();
        let registry = self.registry.clone();
        let authenticate = agent_auth::for_workspace(self.store.clone(), id);
        let stop = drain.clone();
        let task = self.tasks.spawn("local.link", async move {
            if let Err(error) = listen(listener, &registry, authenticate, stop).await {
                tracing::error!(workspace.id = %id, error = %error, "link socket not served");
            }
        });
        self.served.lock().insert(id, Served { drain, task });
        Ok(())
    }

    /// Closes a workspace's socket and its links.
    pub(super) async fn close(&self, id: WorkspaceId) {
        let served = self.served.lock().remove(&id);
        if let Some(Served { drain, task }) = served {
            drain.cancel();
            // A panic was logged where it happened.
            drop(task.await);
        }
    }

    /// Closes everything; agents come back to the next process.
    pub(super) async fn close_all(&self) {
        let ids: Vec<WorkspaceId> = self.served.lock().keys().copied().collect();
        for id in ids {
            self.close(id).await;
        }
    }
}
