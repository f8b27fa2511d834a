//! The two engines. Each implements [`Conn`]; nothing else of it is visible outside.

pub(crate) mod outcome;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod tokens;
pub(crate) mod value;

use futures_util::future::BoxFuture;

use crate::{Error, Row, Statement, Tx, Value};

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// The server for many replicas.
    Postgres,
}

/// A connection inside a transaction: all that an engine gives to a [`Tx`].
pub(crate) trait Conn: Send {
    /// Runs a statement and gives its rows.
    fn query<'a>(
        &'a mut self,
        statement: &'static Statement,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, Error>>;

    /// Runs a statement and gives the number of rows it touched.
    fn execute<'a>(
        &'a mut self,
        statement: &'static Statement,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64, Error>>;
}

/// An op: see [`crate::Store::write`].
pub(crate) trait Op<T, E>:
    for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static
{
}

impl<T, E, F> Op<T, E> for F where
    F: for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static
{
}

/// Whether an op may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}
