//! The handle to an open database.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use muster_base::{Clock, TaskSet};
use muster_bus::Bus;

use crate::engine::postgres::Postgres;
use crate::engine::sqlite::Sqlite;
use crate::engine::{Engine, Mode, Op};
use crate::error::SetupError;
use crate::options::Shared;
use crate::{DatabaseUrl, Error, Options, Tx, Vault, migrate};

/// An open database. A cheap clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    backend: Backend,
}

enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// When it can't be reached, is in use by another server, or has a schema that does not
    /// fit this binary.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            clock: options.clock.clone(),
            bus: options.bus.clone(),
            vault: options.keys.clone(),
            counter: options.counter.clone(),
            faults: options.faults.clone(),
        });
        let backend = match &options.url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                let shared = Arc::clone(&shared);
                let allow_newer = options.allow_newer_schema;
                let opening = TaskSet::new().spawn_blocking(move || {
                    let now = shared.clock.now();
                    Sqlite::open(&path, shared, |connection| {
                        migrate::sqlite(connection, now, allow_newer)
                    })
                });
                Backend::Sqlite(opening.await.map_err(|_cancelled| Error::Closed)??)
            }
            DatabaseUrl::Postgres(url) => {
                Backend::Postgres(Postgres::open(url, &options, Arc::clone(&shared)).await?)
            }
        };
        Ok(Self(Arc::new(Inner { shared, backend })))
    }

    /// Runs an op in a transaction and waits until it is durable. Any error rolls back.
    ///
    /// `op` names it in metrics and logs. The closure may run more than once; it awaits
    /// nothing but its `Tx` and keeps no outside state.
    ///
    /// # Errors
    /// The op's own, or the store's.
    pub async fn write<T, E>(
        &self,
        op: &'static str,
        f: impl for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(Mode::Write, op, f).await
    }

    /// Runs an op that only reads, on one snapshot.
    ///
    /// # Errors
    /// The op's own, or the store's.
    pub async fn read<T, E>(
        &self,
        op: &'static str,
        f: impl for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(Mode::Read, op, f).await
    }

    async fn run<T, E>(&self, mode: Mode, op: &'static str, f: impl Op<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let watch = self.clock().stopwatch();
        let result = match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.run(mode, op, f).await,
            Backend::Postgres(postgres) => postgres.run(mode, op, f).await,
        };
        let outcome = if result.is_ok() { "ok" } else { "error" };
        metrics::counter!("muster_store_ops_total", "op" => op, "outcome" => outcome).increment(1);
        metrics::histogram!("muster_store_op_seconds", "op" => op)
            .record(watch.elapsed().as_secs_f64());
        result
    }

    /// Whether the database answers and its clock is one to rely on.
    ///
    /// # Errors
    /// Why it is not ready.
    pub async fn ready(&self) -> Result<(), Error> {
        static PING: crate::Statement = crate::Statement::new("store/ping", "select 1 as one");
        if let Backend::Postgres(postgres) = &self.0.backend
            && !postgres.clock_is_stable()
        {
            return Err(Error::Busy);
        }
        self.read("store.ping", |tx| {
            Box::pin(async move { tx.query_one(&PING, &[]).await.map(drop) })
        })
        .await
    }

    /// Writes a copy of the database into a new file (the embedded engine only).
    ///
    /// # Errors
    /// When the file can't be written, or on PostgreSQL, which has its own tools.
    pub async fn backup(&self, to: &Path) -> Result<(), Error> {
        if self.engine() == Engine::Postgres {
            return Err(SetupError::BackupOfServer.into());
        }
        let store = self.clone();
        let to = to.to_owned();
        let writing = TaskSet::new().spawn_blocking(move || match &store.0.backend {
            Backend::Sqlite(sqlite) => sqlite.backup(&to),
            Backend::Postgres(_) => Ok(()),
        });
        writing.await.map_err(|_cancelled| Error::Closed)?
    }

    /// Finishes what is running and closes every connection. Later ops are refused.
    pub async fn close(&self) {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }

    /// The clock that ops read.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.shared.clock
    }

    /// The bus that committed events go to.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.0.shared.bus
    }

    /// Seals and opens secrets.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.0.shared.vault
    }

    /// Which database this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.0.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.engine())
    }
}
