//! What an engine's failure means.

use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi;
use tokio_postgres::error::SqlState;

use crate::{Error, Statement};

/// A failed statement on `SQLite`.
pub(crate) fn sqlite(op: &'static str, statement: &Statement, error: rusqlite::Error) -> Error {
    let statement = statement.name();
    let rusqlite::Error::SqliteFailure(failure, words) = &error else {
        return Error::Statement {
            statement,
            source: Arc::new(error),
        };
    };
    let constraint = || words.clone().unwrap_or_default();
    match (failure.code, failure.extended_code) {
        (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => Error::Unique {
            statement,
            constraint: constraint(),
        },
        (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Error::Reference {
            statement,
            constraint: constraint(),
        },
        (ErrorCode::OperationInterrupted, _) => Error::TooSlow { op },
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Error::Busy,
        _ => Error::Statement {
            statement,
            source: Arc::new(error),
        },
    }
}

/// A failed statement on PostgreSQL.
pub(crate) fn postgres(
    op: &'static str,
    statement: &Statement,
    error: tokio_postgres::Error,
) -> Error {
    let statement = statement.name();
    let constraint = || {
        let db = error.as_db_error();
        db.and_then(tokio_postgres::error::DbError::constraint)
            .unwrap_or_default()
            .to_owned()
    };
    match error.code() {
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => Error::Unique {
            statement,
            constraint: constraint(),
        },
        Some(code)
            if *code == SqlState::FOREIGN_KEY_VIOLATION
                || *code == SqlState::RESTRICT_VIOLATION =>
        {
            Error::Reference {
                statement,
                constraint: constraint(),
            }
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => Error::TooSlow { op },
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => Error::Busy,
        _ if is_connection(&error) => Error::Unreachable(Arc::new(error)),
        _ => Error::Statement {
            statement,
            source: Arc::new(error),
        },
    }
}

/// Whether the whole op may simply run again: serialization failure or deadlock.
pub(crate) fn is_collision(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
    })
}

/// Whether the connection, rather than the statement, is at fault.
pub(crate) fn is_connection(error: &tokio_postgres::Error) -> bool {
    if error.is_closed() {
        return true;
    }
    match error.code() {
        // 08 connection exception, 53 insufficient resources, 57P0x shut down by an operator.
        Some(code) => ["08", "53", "57P"]
            .iter()
            .any(|class| code.code().starts_with(class)),
        None => std::error::Error::source(error)
            .is_some_and(<dyn std::error::Error>::is::<std::io::Error>),
    }
}
