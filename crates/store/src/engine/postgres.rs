//! The server engine: a pool, whole ops run again after a collision, notifications beside
//! the transactions, never inside them.

mod clock;
mod conn;
mod link;
mod listen;
mod notify;
mod value;

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, Pool};
use futures_util::FutureExt;
use muster_base::{Backoff, Clock, Secret, TaskSet, limits};
use muster_bus::Event;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::outcome;
use crate::engine::sqlite::words;
use crate::engine::{Mode, Op};
use crate::options::Shared;
use crate::{Error, Options, Tx, migrate};

use clock::DatabaseClock;
use conn::{PgConn, Scope};
use link::Link;
use notify::Notifier;

/// Runs of one op before it gives up on colliding.
const RUNS_MAX: u32 = 4;
/// Delays between them, with jitter.
const RETRY: Backoff = Backoff {
    first: Duration::from_millis(10),
    max: Duration::from_millis(50),
};

/// The pool and the tasks beside it.
pub(crate) struct Postgres {
    shared: Arc<Shared>,
    pool: Pool,
    room: Arc<Semaphore>,
    tasks: TaskSet,
    clock: Arc<DatabaseClock>,
    /// Reads known to run more than one statement, which then need one snapshot.
    snapshots: Mutex<HashSet<&'static str>>,
}

/// How one run of an op ended.
enum Run<T, E> {
    Done(Result<T, E>),
    /// It collided with another transaction.
    Collided,
    /// It was tried without a snapshot and turned out to need one.
    NeedsSnapshot,
}

impl Postgres {
    /// Connects, brings the schema up to date and starts the tasks.
    pub(crate) async fn open(
        url: &Secret,
        options: &Options,
        shared: Arc<Shared>,
    ) -> Result<Self, Error> {
        let link = Link::new(url)?;
        let tasks = TaskSet::new();
        let mut client = link.connect(&tasks).await?;
        let database_clock = Arc::new(DatabaseClock::new(shared.clock.clone()));
        if options.follow_database_clock {
            database_clock.sample(&client).await?;
            let following = Arc::clone(&database_clock).follow(link.clone(), tasks.clone());
            tasks.spawn("store.clock", following);
        }
        migrate::postgres(&mut client, shared.clock.now(), options.allow_newer_schema).await?;
        drop(client);

        let notifier = Arc::new(Notifier::new(options.replica));
        shared.bus.set_relay(Arc::clone(&notifier) as _);
        let sending = notifier.run(link.clone(), shared.clock.clone(), tasks.clone());
        tasks.spawn("store.notifier", sending);
        let listener =
            listen::Listener::open(link.clone(), options.replica, Arc::clone(&shared), &tasks);
        tasks.spawn("store.listener", listener.await?.run(tasks.clone()));

        let manager = Manager::new(link.config().clone(), link.tls());
        let pool = Pool::builder(manager)
            .max_size(options.connections)
            .build()
            .map_err(unreachable)?;
        Ok(Self {
            shared,
            pool,
            room: Arc::new(Semaphore::new(options.connections)),
            tasks,
            clock: database_clock,
            snapshots: Mutex::default(),
        })
    }

    /// Runs an op, again if it collides, and publishes its events once it is committed.
    pub(crate) async fn run<T, E>(
        &self,
        mode: Mode,
        op: &'static str,
        f: impl Op<T, E>,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let mut runs = 0;
        loop {
            match self.run_once(mode, op, &f).await? {
                Run::Done(result) => return result,
                Run::NeedsSnapshot => {
                    self.snapshots.lock().insert(op);
                }
                Run::Collided => {
                    runs += 1;
                    metrics::counter!("muster_store_collisions_total", "op" => op).increment(1);
                    if runs == RUNS_MAX {
                        return Err(Error::Contended { op }.into());
                    }
                    let delay = RETRY.first / 2 + RETRY.jittered(runs);
                    // Real time: another transaction of a real server has to end meanwhile, which
                    // no injected clock brings about.
                    Clock::system().timer("store.retry", delay).await;
                }
            }
        }
    }

    async fn run_once<T, E>(
        &self,
        mode: Mode,
        op: &'static str,
        f: &impl Op<T, E>,
    ) -> Result<Run<T, E>, Error>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let scope = match mode {
            Mode::Write => Scope::Write,
            Mode::Read if self.snapshots.lock().contains(op) => Scope::Snapshot,
            Mode::Read => Scope::Single,
        };
        let permit = self.permit().await?;
        let client = self.pool.get().await.map_err(unreachable)?;
        let mut conn = PgConn::new(op, client, scope);
        let mut tx = Tx::new(op, &mut conn, &self.shared);
        let caught = AssertUnwindSafe(async { f(&mut tx).await }).catch_unwind();
        let result = caught.await.unwrap_or_else(|panic| {
            tracing::error!(op, panic = words(&*panic), "op panicked");
            Err(Error::Panicked { op }.into())
        });
        let events = tx.into_events();
        if conn.needs_snapshot() {
            return Ok(Run::NeedsSnapshot);
        }
        let collided = conn.collided();
        let result = match result {
            Ok(_) if conn.failed() => Err(Error::Swallowed { op }.into()),
            result => result,
        };
        if result.is_err() || collided {
            conn.roll_back().await;
            return Ok(match result {
                _ if collided => Run::Collided,
                result => Run::Done(result),
            });
        }
        match self.commit(conn, permit, events).await {
            Some(Ok(())) => Ok(Run::Done(result)),
            Some(Err(error)) if outcome::is_collision(&error) => Ok(Run::Collided),
            Some(Err(error)) if outcome::is_connection(&error) => Err(Error::Unknown {
                op,
                source: Arc::new(error),
            }),
            Some(Err(error)) => Err(Error::Engine {
                what: "commit",
                source: Arc::new(error),
            }),
            None => Err(Error::Closed),
        }
    }

    /// Commits, and publishes what was committed. With events this is a task of its own: a
    /// caller that goes away half way must not keep them from anybody.
    async fn commit(
        &self,
        conn: PgConn,
        permit: OwnedSemaphorePermit,
        events: Vec<Event>,
    ) -> Option<Result<(), tokio_postgres::Error>> {
        if events.is_empty() {
            return Some(conn.commit().await);
        }
        let bus = self.shared.bus.clone();
        let committing = self.tasks.spawn("store.commit", async move {
            let committed = conn.commit().await;
            drop(permit);
            if committed.is_ok() {
                bus.publish(events);
            }
            committed
        });
        committing.await.ok().flatten()
    }

    /// A place in the pool. The pool itself never makes anybody wait, so that the wait is on
    /// our clock.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        let room = Arc::clone(&self.room);
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            return Ok(permit);
        }
        self.shared
            .clock
            .timeout("store.busy", limits::STORE_BUSY_LIMIT, room.acquire_owned())
            .await
            .map_err(|_elapsed| Error::Busy)?
            .map_err(|_closed| Error::Closed)
    }

    /// Whether the offset to the database's clock has settled.
    pub(crate) fn clock_is_stable(&self) -> bool {
        self.clock.is_stable()
    }

    /// Waits for running ops, sends what is queued and ends the tasks.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.pool.status().max_size).unwrap_or(u32::MAX);
        // An error means that it was closed before.
        drop(self.room.acquire_many(all).await);
        self.room.close();
        self.pool.close();
        self.tasks.shutdown().await;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.tasks.drain().cancel();
    }
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unreachable(Arc::new(error))
}
