//! What every part of the engine has in its hands.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use muster_base::{ChatId, Clock, RunnerId, TaskSet, WorkerId, WorkspaceId};
use muster_chat_state::Machine;
use muster_store::Store;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config_cache::ConfigCache;
use crate::parts::PartBuffer;
use crate::slots::Slots;
use crate::stream::Poller;
use crate::workspace::WorkspaceAccess;

/// The engine's insides; the handle and every task share one.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) machine: Machine,
    pub(crate) clock: Clock,
    pub(crate) worker_id: WorkerId,
    pub(crate) config: ConfigCache,
    pub(crate) parts: PartBuffer,
    pub(crate) poller: Poller,
    pub(crate) workspaces: Arc<dyn WorkspaceAccess>,
    pub(crate) workspace_seed: Option<String>,
    pub(crate) runners: Runners,
    pub(crate) slots: Slots,
    pub(crate) wake: Notify,
    pub(crate) tasks: TaskSet,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("worker_id", &self.worker_id)
            .field("runners", &self.runners.len())
            .finish_non_exhaustive()
    }
}

/// The runners of this replica.
#[derive(Debug, Default)]
pub(crate) struct Runners(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    running: HashMap<(ChatId, RunnerId), CancellationToken>,
    /// Acquisitions that are under way: their chats have no runner yet.
    expected: HashSet<RunnerId>,
    /// Workspaces that running turns have reached.
    workspaces: HashMap<ChatId, WorkspaceId>,
}

impl Runners {
    /// Enters a runner; its token fires when it must stop because it has lost its chat.
    pub(crate) fn enter(&self, chat: ChatId, runner: RunnerId) -> CancellationToken {
        let stop = CancellationToken::new();
        self.0.lock().running.insert((chat, runner), stop.clone());
        stop
    }

    /// Announces an acquisition.
    pub(crate) fn expect(&self, runner: RunnerId) {
        self.0.lock().expected.insert(runner);
    }

    /// An acquisition is over: what it took has entered.
    pub(crate) fn expected(&self, runner: RunnerId) {
        self.0.lock().expected.remove(&runner);
    }

    /// Whether an ownership has a runner, or will have one.
    pub(crate) fn knows(&self, chat: ChatId, runner: RunnerId) -> bool {
        let known = self.0.lock();
        known.expected.contains(&runner) || known.running.contains_key(&(chat, runner))
    }

    pub(crate) fn leave(&self, chat: ChatId, runner: RunnerId) {
        let mut known = self.0.lock();
        known.running.remove(&(chat, runner));
        known.workspaces.remove(&chat);
    }

    /// A turn of the chat works in a workspace, which counts as used meanwhile.
    pub(crate) fn works_in(&self, chat: ChatId, workspace: WorkspaceId) {
        self.0.lock().workspaces.insert(chat, workspace);
    }

    /// The workspaces that running turns work in.
    pub(crate) fn workspaces(&self) -> HashSet<WorkspaceId> {
        self.0.lock().workspaces.values().copied().collect()
    }

    /// Every ownership of this moment.
    pub(crate) fn list(&self) -> Vec<(ChatId, RunnerId)> {
        self.0.lock().running.keys().copied().collect()
    }

    /// Stops a runner that has lost its chat.
    pub(crate) fn stop(&self, chat: ChatId, runner: RunnerId) {
        if let Some(stop) = self.0.lock().running.get(&(chat, runner)) {
            stop.cancel();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().running.len()
    }
}
