//! The threads: a writer that commits in groups, readers on snapshots.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use muster_base::{Clock, limits};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::engine;
use super::job::Job;
use super::lock::FileLock;
use crate::Error;

/// An empty queue for this long is idle: time for a checkpoint.
const IDLE: Duration = Duration::from_millis(200);
/// After this long the log is also cut.
const IDLE_LONG: Duration = Duration::from_secs(5);
/// Steps of `SQLite`'s machine between two looks at the clock.
const READ_STEPS: i32 = 100_000;

/// What a thread receives.
pub(super) enum Message {
    Job(Box<dyn Job>),
    Stop,
}

/// Starts a thread; the receiver resolves when it has ended.
pub(super) fn start(
    name: &str,
    run: impl FnOnce() + Send + 'static,
) -> Result<oneshot::Receiver<()>, Error> {
    let (ended, receiver) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread
        .spawn(move || {
            run();
            drop(ended);
        })
        .map_err(|error| Error::Engine {
            what: "start a thread",
            source: Arc::new(error),
        })?;
    Ok(receiver)
}

/// The owner of the only connection that writes.
pub(super) struct Writer {
    connection: Connection,
    inbox: Receiver<Message>,
    clock: Clock,
    /// The last field: released when the connection is closed.
    _lock: FileLock,
}

impl Writer {
    pub(super) const fn new(
        connection: Connection,
        inbox: Receiver<Message>,
        clock: Clock,
        lock: FileLock,
    ) -> Self {
        Self {
            connection,
            inbox,
            clock,
            _lock: lock,
        }
    }

    /// Serves ops until told to stop or until nobody can send any more.
    pub(super) fn run(mut self) {
        // How long the queue has been empty since the last write; `None` when all is tidy.
        let mut idle = None;
        loop {
            let message = match idle {
                None => self.inbox.recv().map_err(RecvTimeoutError::from),
                Some(_) => self.inbox.recv_timeout(IDLE),
            };
            match message {
                Ok(Message::Job(job)) => {
                    idle = Some(Duration::ZERO);
                    if self.group(job) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    idle = idle.and_then(|idle| self.tidy(idle + IDLE));
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.checkpoint("truncate");
    }

    /// Commits `first` together with what is queued already. Says whether to stop after it.
    fn group(&mut self, first: Box<dyn Job>) -> bool {
        let watch = self.clock.stopwatch();
        let mut done = Vec::new();
        let mut next = Some(first);
        let mut stop = false;
        let mut outcome = self.command("begin immediate", "begin");
        while let Some(mut job) = next.take() {
            if outcome.is_ok() {
                outcome = self.savepoint(&mut *job);
            }
            done.push(job);
            let full = done.len() >= limits::GROUP_COMMIT_OPS_MAX
                || watch.elapsed() >= limits::GROUP_COMMIT_TIME;
            if full || outcome.is_err() {
                break;
            }
            match self.inbox.try_recv() {
                Ok(Message::Job(job)) => next = Some(job),
                Ok(Message::Stop) => stop = true,
                Err(_) => {}
            }
        }
        outcome = outcome.and_then(|()| self.command("commit", "commit"));
        if outcome.is_err() && !self.connection.is_autocommit() {
            // The group's error is what counts; a failing rollback shows at the next begin.
            drop(self.command("rollback", "roll back"));
        }
        for job in done {
            job.finish(outcome.clone());
        }
        stop
    }

    /// Runs one op so that its failure undoes only its own work. An error here is one of the
    /// whole group.
    fn savepoint(&mut self, job: &mut dyn Job) -> Result<(), Error> {
        self.command("savepoint op", "set a savepoint")?;
        let keep = job.run(&mut self.connection);
        if self.connection.is_autocommit() {
            // On a full disk and the like `SQLite` rolls back the whole transaction itself.
            return Err(Error::RolledBack);
        }
        if !keep {
            self.command("rollback to op", "roll back an op")?;
        }
        self.command("release op", "release a savepoint")
    }

    /// Moves the log into the file while nobody waits. Gives the idle time to go on with.
    fn tidy(&self, idle: Duration) -> Option<Duration> {
        if idle >= IDLE_LONG {
            self.checkpoint("truncate");
            return None;
        }
        if idle == IDLE {
            self.checkpoint("passive");
        }
        Some(idle)
    }

    /// A checkpoint waits for no reader: what it can't move now is moved the next time.
    fn checkpoint(&self, kind: &str) {
        let run = || {
            self.connection.busy_timeout(Duration::ZERO)?;
            self.connection
                .pragma(None, "wal_checkpoint", kind, |_| Ok(()))?;
            self.connection.busy_timeout(super::BUSY_LIMIT)
        };
        if let Err(error) = run() {
            tracing::debug!(%error, kind, "checkpoint put off");
        }
    }

    fn command(&self, sql: &str, what: &'static str) -> Result<(), Error> {
        command(&self.connection, sql, what)
    }
}

/// Runs one of the few commands around the ops, prepared once per connection.
fn command(connection: &Connection, sql: &str, what: &'static str) -> Result<(), Error> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute([]))
        .map(drop)
        .map_err(engine(what))
}

/// One of the connections that read.
pub(super) struct Reader {
    connection: Connection,
    inbox: Arc<Mutex<Receiver<Message>>>,
    clock: Clock,
}

impl Reader {
    pub(super) const fn new(
        connection: Connection,
        inbox: Arc<Mutex<Receiver<Message>>>,
        clock: Clock,
    ) -> Self {
        Self {
            connection,
            inbox,
            clock,
        }
    }

    /// Serves ops until told to stop or until nobody can send any more.
    pub(super) fn run(mut self) {
        loop {
            // Readers take turns in waiting; the lock is free again while the op runs.
            let message = self.inbox.lock().recv();
            let Ok(Message::Job(mut job)) = message else {
                break;
            };
            let outcome = self.snapshot(&mut *job);
            job.finish(outcome);
        }
    }

    /// Runs one op on one snapshot and within its time.
    fn snapshot(&mut self, job: &mut dyn Job) -> Result<(), Error> {
        let watch = self.clock.stopwatch();
        let late = move || watch.elapsed() > limits::STORE_READ_LIMIT;
        self.connection
            .progress_handler(READ_STEPS, Some(late))
            .map_err(engine("limit a read"))?;
        self.command("begin deferred", "begin")?;
        job.run(&mut self.connection);
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.command("rollback", "end a read")
    }

    fn command(&self, sql: &str, what: &'static str) -> Result<(), Error> {
        command(&self.connection, sql, what)
    }
}
