//! How a store is opened, and what its parts share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_base::{Clock, ReplicaId, Secret, limits};
use muster_bus::Bus;
use parking_lot::Mutex;

use crate::error::SetupError;
use crate::{Error, Statement, Vault};

/// Where the data is.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file of the embedded engine.
    Sqlite(PathBuf),
    /// A server; the URL holds a password.
    Postgres(Secret),
}

impl DatabaseUrl {
    /// Reads `sqlite:<path>` or `postgres://…`; without a URL the file is `<data>/muster.db`.
    ///
    /// # Errors
    /// [`Error::Setup`] for any other scheme; the message never repeats the URL.
    pub fn parse(url: Option<&str>, data: &Path) -> Result<Self, Error> {
        let Some(url) = url.filter(|url| !url.is_empty()) else {
            return Ok(Self::Sqlite(data.join("muster.db")));
        };
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(data.join(path.trim_start_matches("//"))));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Secret::new(url.to_owned())));
        }
        Err(SetupError::Scheme.into())
    }
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    pub url: DatabaseUrl,
    pub clock: Clock,
    pub bus: Bus,
    pub keys: Vault,
    /// This process, among those that share the database.
    pub replica: ReplicaId,
    /// Start on a schema that a newer release has already extended.
    pub allow_newer_schema: bool,
    /// Let the clock follow the database's (PostgreSQL, production).
    pub follow_database_clock: bool,
    /// Connections of the PostgreSQL pool.
    pub connections: usize,
    /// Counts the statements of each op, for tests of query budgets.
    pub counter: Option<Counter>,
    /// Lets chosen statements fail, for tests of what happens then.
    pub faults: Option<Faults>,
}

impl Options {
    /// The defaults of production.
    #[must_use]
    pub const fn new(
        url: DatabaseUrl,
        clock: Clock,
        bus: Bus,
        keys: Vault,
        replica: ReplicaId,
    ) -> Self {
        Self {
            url,
            clock,
            bus,
            keys,
            replica,
            allow_newer_schema: false,
            follow_database_clock: true,
            connections: limits::POSTGRES_POOL,
            counter: None,
            faults: None,
        }
    }
}

/// How often each statement ran in each op.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<Mutex<BTreeMap<(&'static str, &'static str), u64>>>);

impl Counter {
    /// Runs by `(op, statement)`.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        self.0.lock().clone()
    }

    /// All runs of all statements.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.lock().values().sum()
    }

    /// Forgets what was counted.
    pub fn reset(&self) {
        self.0.lock().clear();
    }
}

/// Statements that fail as if the database were gone.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<BTreeSet<String>>>);

impl Faults {
    /// From now on the statement `<table>/<verb>_<what>` fails.
    pub fn fail(&self, statement: &str) {
        self.0.lock().insert(statement.to_owned());
    }

    /// Everything works again.
    pub fn heal(&self) {
        self.0.lock().clear();
    }

    fn check(&self, statement: &Statement) -> Result<(), Error> {
        if self.0.lock().contains(statement.name()) {
            let cause = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            return Err(Error::Unreachable(Arc::new(cause)));
        }
        Ok(())
    }
}

/// What every part of an open store uses.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) bus: Bus,
    pub(crate) vault: Vault,
    pub(crate) counter: Option<Counter>,
    pub(crate) faults: Option<Faults>,
}

impl Shared {
    /// What happens before every statement: it is counted, and may fail on purpose.
    pub(crate) fn enter(
        &self,
        op: &'static str,
        statement: &'static Statement,
    ) -> Result<(), Error> {
        metrics::counter!("muster_store_statements_total", "statement" => statement.name())
            .increment(1);
        if let Some(counter) = &self.counter {
            *counter.0.lock().entry((op, statement.name())).or_default() += 1;
        }
        self.faults
            .as_ref()
            .map_or(Ok(()), |faults| faults.check(statement))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}
