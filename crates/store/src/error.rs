//! What can go wrong, in three families.

use std::path::PathBuf;
use std::sync::Arc;

/// The cause behind an engine's failure, shareable by every op of a failed group.
pub(crate) type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Whose problem an error is; `server` maps each family to HTTP once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The caller can fix it.
    Rejected,
    /// It may work later.
    Unavailable,
    /// Our bug.
    Internal,
}

/// An operation of the store failed; nothing of it was written, except for `Unknown`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No row where one was asked for.
    #[error("{what}: no such row")]
    NotFound {
        /// The statement, or the kind of thing.
        what: &'static str,
    },
    /// A value that must be unique exists already.
    #[error("`{statement}` would break {constraint}")]
    Unique {
        statement: &'static str,
        /// The engine's own words for a log; they differ, never match on them.
        constraint: String,
    },
    /// A row that is referred to does not exist, or is still in use.
    #[error("`{statement}` would leave a dangling reference ({constraint})")]
    Reference {
        statement: &'static str,
        /// The engine's own words for a log; they differ, never match on them.
        constraint: String,
    },
    /// The actor may not do this.
    #[error(transparent)]
    Denied(#[from] muster_rbac::Denied),

    /// The writer queue or the connection pool stayed full.
    #[error("the database is busy")]
    Busy,
    /// A read took longer than a read may.
    #[error("`{op}` read for too long")]
    TooSlow { op: &'static str },
    /// The database can't be reached.
    #[error("the database can't be reached")]
    Unreachable(#[source] Cause),
    /// The answer to a commit was lost: the op may or may not have happened. Re-read.
    #[error("it is unknown whether `{op}` was committed")]
    Unknown {
        op: &'static str,
        #[source]
        source: Cause,
    },
    /// The engine undid the whole transaction on its own, as it does when the disk is full.
    #[error("the database gave up the transaction")]
    RolledBack,
    /// The transaction kept colliding with others.
    #[error("`{op}` kept colliding with other transactions")]
    Contended { op: &'static str },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,

    /// More than one row where one was asked for.
    #[error("`{statement}` gave more than one row")]
    TooMany { statement: &'static str },
    /// A column is missing or holds another type than it was read as.
    #[error("`{statement}` has no column `{column}` of the wanted type")]
    Column {
        statement: &'static str,
        column: String,
    },
    /// A statement was given another number of parameters than it names.
    #[error("`{statement}` takes {expected} parameters and was given {given}")]
    Parameters {
        statement: &'static str,
        expected: usize,
        given: usize,
    },
    /// The engine refused a statement.
    #[error("`{statement}` failed")]
    Statement {
        statement: &'static str,
        #[source]
        source: Cause,
    },
    /// The engine failed outside a statement (begin, commit, open).
    #[error("the database failed to {what}")]
    Engine {
        what: &'static str,
        #[source]
        source: Cause,
    },
    /// The op awaited something else than its `Tx`.
    #[error("`{op}` awaited something else than its transaction")]
    OpPended { op: &'static str },
    /// The op went on after a statement had failed. PostgreSQL then undoes the transaction
    /// whatever the op says, so both engines do.
    #[error("`{op}` went on after a failed statement")]
    Swallowed { op: &'static str },
    /// The op panicked.
    #[error("`{op}` panicked")]
    Panicked { op: &'static str },
    /// The schema does not fit this binary.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The database can't be opened as configured.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A secret can't be sealed or opened.
    #[error(transparent)]
    Vault(#[from] crate::VaultError),
    /// A stored value is outside what the program can represent.
    #[error("stored {what} is invalid")]
    Corrupt { what: &'static str },
}

/// The database can't be opened as configured. Never repeats a URL: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The URL has a scheme of neither engine.
    #[error("the database URL must start with `sqlite:` or `postgres://`")]
    Scheme,
    /// The URL is none of PostgreSQL's.
    #[error("the database URL is not one that PostgreSQL understands")]
    Url,
    /// The file is open in another process.
    #[error(
        "another server uses {}: stop it, or give this one its own data folder",
        .path.display()
    )]
    InUse { path: PathBuf },
    /// The embedded engine takes paths of UTF-8 only.
    #[error("the backup's path is not UTF-8")]
    BackupPath,
    /// A server has better tools for it.
    #[error("a PostgreSQL database is backed up with pg_dump")]
    BackupOfServer,
}

/// The schema does not fit this binary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A migration was edited after it had been applied.
    #[error("migration {version}_{name} was changed after it had been applied")]
    Changed { version: i64, name: String },
    /// A newer binary has been here.
    #[error(
        "migration {version}_{name} is not known to this version of Muster; \
         start with --allow-newer-schema to go back by one release"
    )]
    Newer { version: i64, name: String },
    /// A migration left rows that refer to nothing.
    #[error("migration {version}_{name} leaves dangling references in `{table}`")]
    Dangling {
        version: i64,
        name: String,
        table: String,
    },
}

impl Error {
    /// Whose problem this is.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::NotFound { .. }
            | Self::Unique { .. }
            | Self::Reference { .. }
            | Self::Denied(_) => Family::Rejected,
            Self::Busy
            | Self::TooSlow { .. }
            | Self::Unreachable(_)
            | Self::Unknown { .. }
            | Self::Contended { .. }
            | Self::RolledBack
            | Self::Closed => Family::Unavailable,
            Self::TooMany { .. }
            | Self::Column { .. }
            | Self::Parameters { .. }
            | Self::Statement { .. }
            | Self::Engine { .. }
            | Self::OpPended { .. }
            | Self::Swallowed { .. }
            | Self::Panicked { .. }
            | Self::Schema(_)
            | Self::Setup(_)
            | Self::Vault(_)
            | Self::Corrupt { .. } => Family::Internal,
        }
    }
}
