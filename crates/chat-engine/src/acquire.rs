//! Finds runnable chats that nobody alive owns, takes them in batches and starts runners.

use std::pin::pin;
use std::sync::Arc;

use muster_base::RunnerId;
use muster_base::limits::{ACQUIRE_BATCH, ACQUIRE_LIMIT, ACQUIRE_TICK};
use muster_bus::Topic;
use muster_chat_state::ownership::Candidates;
use muster_chat_state::transitions::Abandon;
use muster_store::chats::Versions;

use crate::runner;
use crate::shared::Shared;
use crate::turn::worker;

/// Acquires until the drain. A hint and the tick do the same; only the tick also looks for
/// chats whose owner is gone, which no hint announces.
pub(crate) async fn run(shared: Arc<Shared>) {
    let hints = shared.store.bus().subscribe([Topic::ChatOwnership]);
    let drain = shared.tasks.drain();
    while !drain.is_cancelled() {
        take_all(&shared, Candidates::Stale).await;
        let mut tick = pin!(shared.clock.timer("chat.acquire", ACQUIRE_TICK));
        loop {
            // Hints that came while a batch was taken are answered by this one look.
            while hints.try_recv().is_some() {}
            take_all(&shared, Candidates::Unowned).await;
            tokio::select! {
                () = drain.cancelled() => break,
                () = &mut tick => break,
                _ = hints.recv() => {}
                () = shared.wake.notified() => {}
            }
        }
    }
}

/// Takes batches while they are full.
async fn take_all(shared: &Arc<Shared>, candidates: Candidates) {
    while !shared.tasks.drain().is_cancelled() {
        let taken = take(shared, candidates).await;
        if taken < ACQUIRE_BATCH {
            return;
        }
    }
}

/// Takes one batch. The statement is never cancelled: it might be committed all the same. When
/// its answer is lost, the next heartbeat finds chats without a runner and lets go of them.
async fn take(shared: &Arc<Shared>, candidates: Candidates) -> i64 {
    let runner_id = RunnerId::new(&shared.clock);
    shared.runners.expect(runner_id);
    let acquiring = {
        let shared = Arc::clone(shared);
        shared
            .clone()
            .tasks
            .spawn("chat.acquire_batch", async move {
                let (machine, worker) = (&shared.machine, shared.worker_id);
                machine
                    .acquire(worker, runner_id, candidates, ACQUIRE_BATCH)
                    .await
            })
    };
    let clock = &shared.clock;
    let acquired = match clock
        .timeout("chat.acquire_limit", ACQUIRE_LIMIT, acquiring)
        .await
    {
        Ok(Ok(Some(Ok(acquired)))) => acquired,
        Ok(Ok(Some(Err(error)))) => {
            tracing::warn!(error = %error, "chats could not be acquired");
            Vec::new()
        }
        Ok(Ok(None) | Err(_)) | Err(_) => {
            tracing::warn!("acquiring chats did not end in time");
            Vec::new()
        }
    };
    let count = i64::try_from(acquired.len()).unwrap_or(i64::MAX);
    for chat in acquired {
        start(shared, &chat, runner_id).await;
    }
    shared.runners.expected(runner_id);
    count
}

async fn start(shared: &Arc<Shared>, chat: &Versions, runner_id: RunnerId) {
    let chat_id = chat.chat_id;
    if shared.tasks.drain().is_cancelled() {
        let abandon = Abandon { runner_id };
        if let Err(error) = shared.machine.apply(&worker(), chat_id, abandon).await {
            tracing::warn!(chat.id = %chat_id, error = %error, "chat was not let go of");
        }
        return;
    }
    let stop = shared.runners.enter(chat_id, runner_id);
    let runner = runner::run(Arc::clone(shared), chat_id, runner_id, stop);
    shared.tasks.spawn("chat.runner", runner);
}
