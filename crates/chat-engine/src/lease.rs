//! Signs of life: of this replica, of the chats that it owns, and the sweeps of what others
//! left behind.

use std::collections::HashSet;
use std::sync::Arc;

use muster_base::Micros;
use muster_base::limits::{EFFECT_KEEP, HEARTBEAT_PERIOD, REPLICA_LEASE_PERIOD};
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
        if let Err(error) = beat_replica(&shared, started_at).await {
            tracing::warn!(error = %error, "replica lease was not renewed");
        }
        let now = shared.clock.now();
        if now >= beat_at {
            beat_at = now + HEARTBEAT_PERIOD;
            beat_chats(&shared).await;
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
    let owned: HashSet<_> = match shared.machine.beat_chats(shared.worker_id).await {
        Ok(owned) => owned.into_iter().collect(),
        Err(error) => {
            tracing::warn!(error = %error, "chats were not kept alive");
            return;
        }
    };
    for (chat, runner) in mine {
        if !owned.contains(&(chat, runner)) {
            tracing::warn!(chat.id = %chat, "lost a chat");
            shared.runners.stop(chat, runner);
        }
    }
    for (chat, runner_id) in owned {
        if !shared.runners.knows(chat, runner_id) {
            let let_go = shared
                .machine
                .apply(&worker(), chat, Abandon { runner_id })
                .await;
            tracing::warn!(chat.id = %chat, ok = let_go.is_ok(), "let go of an orphaned chat");
        }
    }
}

async fn sweep(shared: &Shared) {
    if let Err(error) = shared.machine.sweep_leases().await {
        tracing::warn!(error = %error, "leases were not swept");
    }
    if let Err(error) = sweep_spilled(&shared.store).await {
        tracing::warn!(error = %error, "spilled output was not swept");
    }
    let before = shared.clock.now() - EFFECT_KEEP;
    if let Err(error) = shared.machine.sweep_effects(before).await {
        tracing::warn!(error = %error, "effects were not swept");
    }
}
