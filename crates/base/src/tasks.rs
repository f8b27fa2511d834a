//! Tasks that a shutdown waits for.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A set of tasks with one drain signal.
///
/// Whoever starts work owns a `TaskSet`; `shutdown` fires the drain token and returns when
/// everything started through this set (or a clone of it) has ended. A panic of a task is
/// logged with the task's name and ends that task only.
#[derive(Clone, Debug, Default)]
pub struct TaskSet {
    tracker: TaskTracker,
    drain: CancellationToken,
}

impl TaskSet {
    /// An empty set with its own drain token.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A set whose drain fires with this one's too. This set does not wait for its tasks.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            tracker: TaskTracker::new(),
            drain: self.drain.child_token(),
        }
    }

    /// The token that fires when the set is asked to end.
    #[must_use]
    pub const fn drain(&self) -> &CancellationToken {
        &self.drain
    }

    /// How many tasks are running.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracker.len()
    }

    /// Whether no task is running.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracker.is_empty()
    }

    /// Starts a task; the handle gives its value, or `None` after a panic.
    #[expect(clippy::disallowed_methods, reason = "the one home of spawn")]
    pub fn spawn<F>(&self, name: &'static str, future: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(self.tracker.track_future(async move {
            match AssertUnwindSafe(future).catch_unwind().await {
                Ok(value) => Some(value),
                Err(_) => {
                    tracing::error!(task = name, "task panicked");
                    None
                }
            }
        }))
    }

    /// Runs blocking work on a thread of the runtime's blocking pool.
    #[expect(clippy::disallowed_methods, reason = "the one home of spawn_blocking")]
    pub fn spawn_blocking<F, T>(&self, work: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let token = self.tracker.token();
        tokio::task::spawn_blocking(move || {
            let _running = token;
            work()
        })
    }

    /// Waits until every task has ended; does not ask them to.
    pub async fn wait(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Fires the drain token and waits for every task.
    pub async fn shutdown(&self) {
        self.drain.cancel();
        self.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shutdown_waits_for_tasks_and_survives_a_panic() {
        let tasks = TaskSet::new();
        let drain = tasks.drain().clone();
        let waits = tasks.spawn("waits", async move { drain.cancelled().await });
        let panics = tasks.spawn("panics", async { panic!("on purpose") });
        tasks.shutdown().await;
        assert!(tasks.is_empty());
        assert_eq!(waits.await.unwrap(), Some(()));
        assert!(panics.await.unwrap().is_none());
    }
}
