//! Who runs which chats: taking them in batches, staying alive, and letting go.

use muster_base::{ChatId, Micros, RunnerId, WorkerId};
use muster_store::chats::{self, Versions};
use muster_store::replicas::{self, Replica};
use muster_store::{Tx, chat_heartbeats};

use crate::table::allowed;
use crate::{Error, Machine, Transition, classify};

/// Which chats a worker looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Nobody's: what a hint announces.
    Unowned,
    /// Those whose owner is gone: what only the tick finds.
    Stale,
}

impl Machine {
    /// Takes up to `limit` runnable chats, the longest waiting first, and writes their first
    /// heartbeats: the Acquire transition for a whole batch, in three or four statements.
    ///
    /// `runner_id` must be fresh; it is shared by the batch and fences each chat apart.
    ///
    /// # Errors
    /// When the store fails. A failure may have been committed: the caller abandons then.
    pub async fn acquire(
        &self,
        worker_id: WorkerId,
        runner_id: RunnerId,
        candidates: Candidates,
        limit: i64,
    ) -> Result<Vec<Versions>, Error> {
        let leases = self.leases;
        self.store
            .write("chat.acquire", move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    let mut found = match candidates {
                        Candidates::Unowned => chats::door::lock_unowned(tx, limit).await?,
                        Candidates::Stale => {
                            prove_alive(tx, worker_id, now - leases.replica / 2).await?;
                            let runner_since = now - leases.runner;
                            let replica_since = now - leases.replica;
                            chats::door::lock_stale(tx, runner_since, replica_since, limit).await?
                        }
                    };
                    found.retain(may_be_acquired);
                    if !found.is_empty() {
                        take(tx, worker_id, runner_id, candidates, &mut found).await?;
                    }
                    Ok(found)
                })
            })
            .await
    }

    /// Beats for everything a worker owns, in one statement, and gives the ownerships that
    /// still exist. A runner that is missing has lost its chat and stops itself.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn beat_chats(&self, worker: WorkerId) -> Result<Vec<(ChatId, RunnerId)>, Error> {
        self.store
            .write("chat.heartbeat", move |tx| {
                Box::pin(async move { Ok(chat_heartbeats::beat(tx, worker).await?) })
            })
            .await
    }

    /// Takes or renews the lease of a replica.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn beat_replica(
        &self,
        worker: WorkerId,
        started_at: Micros,
        relay_address: Option<String>,
    ) -> Result<(), Error> {
        self.store
            .write("replica.heartbeat", move |tx| {
                let address = relay_address.clone();
                Box::pin(async move {
                    Ok(replicas::beat(tx, worker, started_at, address.as_deref()).await?)
                })
            })
            .await
    }

    /// Gives a replica's lease back at a clean end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release_replica(&self, worker: WorkerId) -> Result<(), Error> {
        self.store
            .write("replica.release", move |tx| {
                Box::pin(async move { Ok(replicas::delete(tx, worker).await?) })
            })
            .await
    }

    /// The lease of one replica, for those who relay to it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get_replica(&self, worker: WorkerId) -> Result<Option<Replica>, Error> {
        self.store
            .read("replica.get", move |tx| {
                Box::pin(async move { Ok(replicas::get(tx, worker).await?) })
            })
            .await
    }

    /// Sweeps heartbeats and leases of those who are long gone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep_leases(&self) -> Result<(), Error> {
        let leases = self.leases;
        self.store
            .write("chat.sweep", move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    chat_heartbeats::delete_stale(tx, now - leases.runner * 2).await?;
                    replicas::delete_dead(tx, now - leases.runner * 2).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Takes every chat from its owner. Right only at the start on a data folder whose lock
    /// proves that no other server is alive; then nothing has to grow stale first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn disown_all(&self) -> Result<u64, Error> {
        self.store
            .write("chat.disown", |tx| {
                Box::pin(async move {
                    chat_heartbeats::delete_all(tx).await?;
                    Ok(chats::door::update_disowned(tx).await?)
                })
            })
            .await
    }
}

/// Beats for a worker that has been silent for long, before it judges others. One that was
/// suspended, or cut off from its database, would else find its own chats without an owner.
async fn prove_alive(tx: &mut Tx<'_>, worker: WorkerId, since: Micros) -> Result<(), Error> {
    let lease = replicas::get(tx, worker).await?;
    if lease.as_ref().is_some_and(|lease| lease.beat_at >= since) {
        return Ok(());
    }
    let (started_at, address) = match lease {
        Some(lease) => (lease.started_at, lease.relay_address),
        None => (tx.now(), None),
    };
    replicas::beat(tx, worker, started_at, address.as_deref()).await?;
    chat_heartbeats::beat(tx, worker).await?;
    Ok(())
}

/// The table's answer. A runnable status is a valid state whatever the queue holds.
fn may_be_acquired(versions: &Versions) -> bool {
    let state = classify(versions.status, versions.archived, 0);
    allowed(state, Transition::Acquire).contains(&state)
}

async fn take(
    tx: &mut Tx<'_>,
    worker: WorkerId,
    runner: RunnerId,
    candidates: Candidates,
    found: &mut [Versions],
) -> Result<(), Error> {
    let ids: Vec<ChatId> = found.iter().map(|chat| chat.chat_id).collect();
    if candidates == Candidates::Stale {
        chat_heartbeats::delete_by_chats(tx, &ids).await?;
    }
    chats::door::update_acquired(tx, &ids, worker, runner).await?;
    chat_heartbeats::insert_acquired(tx, &ids, runner, worker).await?;
    for chat in found {
        chat.snapshot_version += 1;
        chat.worker_id = Some(worker);
        chat.runner_id = Some(runner);
        tx.notify(chat.event());
    }
    Ok(())
}
