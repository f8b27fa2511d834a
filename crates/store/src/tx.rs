//! The handle that an op works with.

use std::fmt;

use muster_base::Micros;
use muster_bus::Event;

use crate::engine::Conn;
use crate::options::Shared;
use crate::{Error, Row, Statement, Value, Vault};

/// One transaction, seen from inside an op.
pub struct Tx<'c> {
    op: &'static str,
    conn: &'c mut dyn Conn,
    shared: &'c Shared,
    now: Micros,
    events: Vec<Event>,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(op: &'static str, conn: &'c mut dyn Conn, shared: &'c Shared) -> Self {
        Self {
            op,
            conn,
            shared,
            now: shared.clock.now(),
            events: Vec::new(),
        }
    }

    /// Runs a statement and gives its rows.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub async fn query(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<Vec<Row>, Error> {
        self.shared.enter(self.op, statement)?;
        self.conn.query(statement, params).await
    }

    /// Runs a statement of which at most one row is expected.
    ///
    /// # Errors
    /// [`Error::TooMany`] for two rows.
    pub async fn query_opt(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<Option<Row>, Error> {
        let mut rows = self.query(statement, params).await?.into_iter();
        match (rows.next(), rows.next()) {
            (row, None) => Ok(row),
            (_, Some(_)) => Err(Error::TooMany {
                statement: statement.name(),
            }),
        }
    }

    /// Runs a statement of which one row is expected.
    ///
    /// # Errors
    /// [`Error::NotFound`] for no row, [`Error::TooMany`] for two.
    pub async fn query_one(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<Row, Error> {
        let row = self.query_opt(statement, params).await?;
        row.ok_or(Error::NotFound {
            what: statement.name(),
        })
    }

    /// Runs a statement and gives the number of rows it touched.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub async fn execute(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<u64, Error> {
        self.shared.enter(self.op, statement)?;
        self.conn.execute(statement, params).await
    }

    /// Tells others, once this transaction is committed; never if it is rolled back.
    pub fn notify(&mut self, event: Event) {
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    /// The time of this op, read once.
    #[must_use]
    pub const fn now(&self) -> Micros {
        self.now
    }

    /// Seals and opens secrets.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.shared.vault
    }

    pub(crate) fn into_events(self) -> Vec<Event> {
        self.events
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx({})", self.op)
    }
}
