//! Signs of life: of this replica, of the chats that it owns, and the sweeps of what others
//! left behind.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::Arc;

use muster_base::Micros;
use muster_base::limits::{EFFECT_KEEP, FILE_UNUSED_KEEP, HEARTBEAT_PERIOD, REPLICA_LEASE_PERIOD};
use muster_chat_state::Error;
use muster_chat_state::transitions::Abandon;

use crate::parts::sweep_spilled;
use crate::shared::Shared;
use crate::turn::worker;

/// Beats until the drain.
pub(crate) async fn run(shared: Arc<Shared>, started_at: Micros) {
    let mut beat_at = shared.clock.now() + HEARTBEAT_PERIOD;
    loop {
        let timer = shared.clock.timer("replica.lease", REPLICA_LEASE_PERIOD);
        tokio::select! {
            () = shared.tasks.drain().cancelled() => return,
            () = timer => {}
        }
        shared.parts.sweep();
        told("lease", beat_replica(&shared, started_at).await);
        let now = shared.clock.now();
        if now >= beat_at {
            beat_at = now + HEARTBEAT_PERIOD;
            beat_chats(&shared).await;
            touch_workspaces(&shared).await;
            sweep(&shared).await;
        }
    }
}

/// Renews the lease of this replica.
pub(crate) async fn beat_replica(shared: &Shared, started_at: Micros) -> Result<(), Error> {
    let (machine, worker) = (&shared.machine, shared.worker_id);
    machine.beat_replica(worker, started_at, None).await
}

/// Beats for all owned chats in one statement. A runner without a row has lost its chat and
/// stops; a row without a runner is an acquisition whose answer was lost, and is let go of.
async fn beat_chats(shared: &Shared) {
    let mine = shared.runners.list();
    let beat = shared.machine.beat_chats(shared.worker_id).await;
    let Some(owned) = told("heartbeat", beat) else {
        return;
    };
    let owned: HashSet<_> = owned.into_iter().collect();
    for lost in mine.iter().filter(|own| !owned.contains(own)) {
        shared.runners.stop(lost.0, lost.1);
    }
    let orphans = owned
        .iter()
        .filter(|own| !shared.runners.knows(own.0, own.1));
    for (chat, runner_id) in orphans.copied() {
        let abandon = Abandon { runner_id };
        let abandoned = shared.machine.apply(&worker(), chat, abandon).await;
        // No orphan at all: its turn ended, runner and row, since the rows were listed.
        if !matches!(abandoned, Err(Error::Stale)) {
            told("orphan", abandoned);
        }
    }
}

/// What running turns work in is in use, so that nothing stops it under them.
async fn touch_workspaces(shared: &Shared) {
    for workspace in shared.runners.workspaces() {
        let touched = shared.store.touch_workspace(&worker(), workspace).await;
        told("workspace use", touched);
    }
}

async fn sweep(shared: &Shared) {
    told("leases", shared.machine.sweep_leases().await);
    told("spilled output", sweep_spilled(&shared.store).await);
    let before = shared.clock.now() - EFFECT_KEEP;
    told("effects", shared.machine.sweep_effects(before).await);
    let before = shared.clock.now() - FILE_UNUSED_KEEP;
    let purged = shared.store.purge_chat_files(&worker(), before).await;
    told("unused files", purged);
    let purged = shared.store.purge_debug_runs(&worker()).await;
    told("debug runs", purged);
}

/// A failing beat or sweep is logged; the next one is the retry.
fn told<T, E: Display>(what: &'static str, result: Result<T, E>) -> Option<T> {
    result
        .inspect_err(|error| tracing::warn!(what, error = %error, "upkeep of chats failed"))
        .ok()
}
