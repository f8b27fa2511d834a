//! One event loop per owned chat.
//!
//! The loop runs at most one task at a time and decides, for each hint, whether that task still
//! does the right thing. The task's own commits are hints too; they are told apart by version.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use muster_base::limits::{RUNNER_RETRY_FIRST, RUNNER_RETRY_MAX};
use muster_base::{Backoff, ChatId, RunnerId};
use muster_bus::{ChatUpdate, Delivery, Event, Subscription, Topic};
use muster_chat_state::Fence;
use muster_chat_state::transitions::{
    Abandon, CancelRequiresAction, FinishError, FinishInterruption,
};
use muster_store::chats::{ChatStatus, Versions};
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::history::History;
use crate::retry;
use crate::shared::Shared;
use crate::turn::{Gate, Stop, Turn, Work, worker};

/// Infrastructure fails for a while, never for good: the loop tries for ever.
const BACKOFF: Backoff = Backoff {
    first: RUNNER_RETRY_FIRST,
    max: RUNNER_RETRY_MAX,
};

/// How a task, or the wait beside it, ended.
enum End {
    /// The task has committed.
    Done(Box<Work>),
    /// The task could not commit.
    Stopped(Stop),
    /// The task panicked.
    Panicked,
    /// The chat moved on: whatever the task does is void.
    Moved,
    /// Somebody else owns the chat now.
    Lost,
    /// This process ends.
    Drained,
}

impl End {
    fn of(ended: std::thread::Result<Result<Work, Stop>>) -> Self {
        match ended {
            Ok(Ok(work)) => Self::Done(Box::new(work)),
            Ok(Err(stop)) => Self::Stopped(stop),
            Err(_panic) => Self::Panicked,
        }
    }
}

/// Whether the loop goes on.
enum Step {
    /// With this, already known to be current.
    Known(Box<Work>),
    /// After a look at the database.
    Read,
    /// No.
    Leave,
}

struct Runner {
    shared: Arc<Shared>,
    chat_id: ChatId,
    runner_id: RunnerId,
    stop: CancellationToken,
    hints: Subscription,
    failures: u32,
}

/// Runs a chat until it waits for its user, is taken away, or the process ends.
pub(crate) async fn run(
    shared: Arc<Shared>,
    chat_id: ChatId,
    runner_id: RunnerId,
    stop: CancellationToken,
) {
    // Subscribe first, read second.
    let hints = shared.store.bus().subscribe([Topic::ChatUpdate(chat_id)]);
    let followed = shared.poller.follow(chat_id);
    let mut runner = Runner {
        shared: Arc::clone(&shared),
        chat_id,
        runner_id,
        stop,
        hints,
        failures: 0,
    };
    let mut step = Step::Read;
    loop {
        step = match step {
            Step::Known(work) => runner.task(work).await,
            Step::Read => runner.read_and_run().await,
            Step::Leave => break,
        };
    }
    drop(followed);
    shared.runners.leave(chat_id, runner_id);
}

impl Runner {
    async fn read_and_run(&mut self) -> Step {
        if self.stop.is_cancelled() {
            return Step::Leave;
        }
        if self.shared.tasks.drain().is_cancelled() {
            return self.let_go().await;
        }
        match self.read().await {
            Ok(Some(work)) => self.task(work).await,
            Ok(None) => Step::Leave,
            Err(error) => self.failed(&error).await,
        }
    }

    /// The chat as it is; `None` when it is gone or not ours any more.
    async fn read(&self) -> Result<Option<Box<Work>>, Error> {
        let read = self.shared.store.get_prompt(&worker(), self.chat_id).await;
        let (chat, messages) = match read {
            Ok(read) => read,
            Err(muster_store::Error::NotFound { what: _ }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if chat.runner_id != Some(self.runner_id) {
            return Ok(None);
        }
        let history = History::read(chat.history_version, &messages)
            .map_err(muster_chat_state::Error::Content)?;
        Ok(Some(Box::new(Work {
            shared: Arc::clone(&self.shared),
            runner_id: self.runner_id,
            chat,
            history,
            turn: Turn::default(),
            gate: Gate::default(),
            is_released: false,
        })))
    }

    /// Runs the task that the chat asks for, beside the hints.
    async fn task(&mut self, work: Box<Work>) -> Step {
        let seen = work.chat.versions();
        let gate = work.gate.clone();
        let mut newest = seen.snapshot_version;
        let end = {
            let task = AssertUnwindSafe(work.run()).catch_unwind();
            let mut task = Box::pin(task);
            loop {
                tokio::select! {
                    biased;
                    () = self.stop.cancelled() => break End::Lost,
                    () = self.shared.tasks.drain().cancelled() => break End::Drained,
                    ended = &mut task => break End::of(ended),
                    delivery = self.hints.recv() => {
                        // The task goes on meanwhile: it may hold what the look waits for.
                        let update = tokio::select! {
                            biased;
                            ended = &mut task => break End::of(ended),
                            update = self.update(&delivery) => update,
                        };
                        // A late hint may tell of an earlier owner, or of none.
                        let Some(update) = update.filter(|it| it.snapshot_version > newest) else {
                            continue;
                        };
                        newest = update.snapshot_version;
                        if gate.is_closed() {
                            continue;
                        }
                        if update.runner_id != Some(self.runner_id) {
                            break End::Lost;
                        }
                        if concerns(&update, &seen) {
                            break End::Moved;
                        }
                    }
                }
            }
        };
        // The reason of a void task is known here. Void over and over must not make the loop spin.
        let is_known = newest > seen.snapshot_version && self.failures == 0;
        if is_known && matches!(end, End::Stopped(Stop::Stale)) {
            self.failures = 1;
            return Step::Read;
        }
        self.after(end, newest).await
    }

    async fn after(&mut self, end: End, newest: i64) -> Step {
        match end {
            End::Done(work) => {
                self.failures = 0;
                if work.is_released {
                    return Step::Leave;
                }
                let is_current = work.chat.snapshot_version >= newest
                    && work.history.version == work.chat.history_version;
                if !is_current || self.shared.tasks.drain().is_cancelled() {
                    return Step::Read;
                }
                Step::Known(Box::new(Work {
                    gate: Gate::default(),
                    ..*work
                }))
            }
            End::Moved => Step::Read,
            End::Lost | End::Stopped(Stop::Gone) => Step::Leave,
            End::Stopped(Stop::Stale) => {
                self.wait_for_news().await;
                Step::Read
            }
            End::Stopped(Stop::Failed(error)) => self.failed(&error).await,
            End::Panicked => self.give_up("The agent loop failed unexpectedly.").await,
            End::Drained => self.let_go().await,
        }
    }

    /// What a hint says; on a lost hint the row says it.
    async fn update(&self, delivery: &Delivery) -> Option<ChatUpdate> {
        let event = match delivery {
            Delivery::Event(event) => event.as_ref().clone(),
            Delivery::Resync => {
                let read = self
                    .shared
                    .store
                    .list_chat_versions(vec![self.chat_id])
                    .await;
                read.ok()?.first()?.event()
            }
        };
        match event {
            Event::ChatUpdate(update) => Some(update),
            Event::ChatOwnership { .. }
            | Event::ChatOwner { .. }
            | Event::ConfigChange { .. }
            | Event::JobNew { .. }
            | Event::Workspace { .. }
            | Event::Agent { .. }
            | Event::SessionsRevoked { .. } => None,
        }
    }

    async fn failed(&mut self, error: &Error) -> Step {
        if let Error::Machine(muster_chat_state::Error::Content(_)) = error {
            tracing::error!(chat.id = %self.chat_id, error = %error, "chat can't be read");
            return self.give_up("The conversation can't be read.").await;
        }
        tracing::warn!(
            chat.id = %self.chat_id,
            error = error as &dyn std::error::Error,
            failures = self.failures,
            "chat task failed"
        );
        self.pause().await;
        Step::Read
    }

    async fn pause(&mut self) {
        self.failures = self.failures.saturating_add(1);
        let timer = self
            .shared
            .clock
            .timer("runner.retry", BACKOFF.delay(self.failures));
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.shared.tasks.drain().cancelled() => {}
            () = timer => {}
        }
    }

    /// Usually the reason is already on its way here. It is waited for once; a database that
    /// lags behind its own hints must not make the loop spin.
    async fn wait_for_news(&mut self) {
        if self.failures > 0 {
            return self.pause().await;
        }
        self.failures = 1;
        let pause = self.shared.clock.timer("runner.retry", RUNNER_RETRY_FIRST);
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.shared.tasks.drain().cancelled() => {}
            _ = self.hints.recv() => {}
            () = pause => {}
        }
    }

    /// Our own bug: the user gets a sentence and the chat stops.
    async fn give_up(&mut self, message: &'static str) -> Step {
        let runner_id = self.runner_id;
        let finished = self
            .shared
            .machine
            .update(
                &worker(),
                "chat.finish_error",
                self.chat_id,
                move |bundle| {
                    Box::pin(async move {
                        let fence = Fence::of(bundle.chat(), runner_id);
                        bundle.skip_unreadable_calls().await?;
                        match fence.status {
                            ChatStatus::Running => {
                                let error = retry::own_error(message);
                                bundle.apply(FinishError { fence, error }).await?;
                            }
                            // A status that stays runnable would be acquired again at once.
                            ChatStatus::Interrupting => {
                                let partial = None;
                                bundle.apply(FinishInterruption { fence, partial }).await?;
                            }
                            ChatStatus::RequiresAction => {
                                bundle.apply(CancelRequiresAction { fence }).await?;
                            }
                            ChatStatus::Waiting | ChatStatus::Error => {}
                        }
                        bundle.apply(Abandon { runner_id }).await
                    })
                },
            )
            .await;
        match finished {
            Ok(_) => Step::Leave,
            Err(error) if error.is_stale() => Step::Leave,
            Err(error) => {
                tracing::error!(chat.id = %self.chat_id, error = %error, "chat was not ended");
                self.pause().await;
                Step::Read
            }
        }
    }

    /// Lets go of the chat as it is, for the next owner to go on with.
    async fn let_go(&self) -> Step {
        let abandon = Abandon {
            runner_id: self.runner_id,
        };
        let (machine, id) = (&self.shared.machine, self.chat_id);
        match machine.apply(&worker(), id, abandon).await {
            Ok(_) => {}
            Err(error) if error.is_stale() => {}
            Err(error) => {
                tracing::warn!(chat.id = %id, error = %error, "chat was not let go of");
            }
        }
        Step::Leave
    }
}

/// Whether a hint makes the running task void: it is news, and about history or status.
fn concerns(update: &ChatUpdate, seen: &Versions) -> bool {
    update.snapshot_version > seen.snapshot_version
        && (update.history_version != seen.history_version || update.status != seen.status.as_str())
}

#[cfg(test)]
mod tests {
    use muster_base::{Clock, WorkerId};

    use super::*;

    fn seen() -> Versions {
        let clock = Clock::system();
        Versions {
            chat_id: ChatId::new(&clock),
            snapshot_version: 5,
            history_version: 4,
            queue_version: 1,
            retry_state_version: 0,
            generation_attempt: 1,
            status: ChatStatus::Running,
            archived: false,
            worker_id: Some(WorkerId::new(&clock)),
            runner_id: Some(RunnerId::new(&clock)),
        }
    }

    fn is_void(change: impl FnOnce(&mut Versions)) -> bool {
        let seen = seen();
        let mut now = seen.clone();
        change(&mut now);
        let Event::ChatUpdate(update) = now.event() else {
            return false;
        };
        concerns(&update, &seen)
    }

    #[test]
    fn news_of_history_or_status_makes_the_task_void() {
        assert!(is_void(|now| {
            now.snapshot_version = 6;
            now.history_version = 6;
        }));
        assert!(is_void(|now| {
            now.snapshot_version = 6;
            now.status = ChatStatus::Interrupting;
        }));
    }

    #[test]
    fn old_hints_and_other_news_leave_the_task_alone() {
        assert!(!is_void(|now| now.status = ChatStatus::Waiting));
        assert!(!is_void(|now| {
            now.snapshot_version = 6;
            now.queue_version = 6;
        }));
        assert!(!is_void(|now| {
            now.snapshot_version = 6;
            now.generation_attempt = 2;
        }));
    }
}
