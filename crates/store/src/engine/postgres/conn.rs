//! One run of one op on one connection.

use std::sync::Arc;

use deadpool_postgres::Object;
use futures_util::future::{BoxFuture, join};
use tokio_postgres::types::ToSql;

use crate::engine::{Conn, Engine, outcome};
use crate::queries::Statement;
use crate::{Error, Row, Value};

/// What an op runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Write,
    /// A transaction that sees one snapshot.
    Snapshot,
    /// One statement needs no transaction to be consistent.
    Single,
}

/// What is wanted of a statement: its rows or their number.
trait Answer: Sized + Send {
    fn ask(
        client: &Object,
        prepared: &tokio_postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Self, tokio_postgres::Error>> + Send;
}

impl Answer for Vec<tokio_postgres::Row> {
    async fn ask(
        client: &Object,
        prepared: &tokio_postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Self, tokio_postgres::Error> {
        client.query(prepared, params).await
    }
}

impl Answer for u64 {
    async fn ask(
        client: &Object,
        prepared: &tokio_postgres::Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Self, tokio_postgres::Error> {
        client.execute(prepared, params).await
    }
}

/// A connection on loan. If its op is dropped half way it is closed rather than returned,
/// since its transaction is still open.
pub(super) struct PgConn {
    op: &'static str,
    client: Option<Object>,
    scope: Scope,
    /// Whether a transaction was begun and not yet ended.
    open: bool,
    statements: u32,
    failed: bool,
    collided: bool,
}

impl PgConn {
    pub(super) const fn new(op: &'static str, client: Object, scope: Scope) -> Self {
        Self {
            op,
            client: Some(client),
            scope,
            open: false,
            statements: 0,
            failed: false,
            collided: false,
        }
    }

    /// Whether a read that was tried without a transaction went on to a second statement.
    pub(super) fn needs_snapshot(&self) -> bool {
        self.scope == Scope::Single && self.statements > 1
    }

    pub(super) const fn collided(&self) -> bool {
        self.collided
    }

    /// Whether the engine refused a statement.
    pub(super) const fn failed(&self) -> bool {
        self.failed
    }

    pub(super) async fn commit(mut self) -> Result<(), tokio_postgres::Error> {
        self.end("commit").await
    }

    /// A rollback that fails leaves `open` set, and the connection is closed.
    pub(super) async fn roll_back(mut self) {
        drop(self.end("rollback").await);
    }

    async fn end(&mut self, sql: &str) -> Result<(), tokio_postgres::Error> {
        if let (true, Some(client)) = (self.open, &self.client) {
            client.batch_execute(sql).await?;
            self.open = false;
        }
        Ok(())
    }

    /// Runs a statement; the first one travels together with `begin`.
    async fn run<A: Answer>(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<A, Error> {
        let text = statement.text(Engine::Postgres);
        if text.order.len() != params.len() {
            return Err(Error::Parameters {
                statement: statement.name(),
                expected: text.order.len(),
                given: params.len(),
            });
        }
        self.statements += 1;
        if self.needs_snapshot() {
            return Err(Error::Contended { op: self.op });
        }
        let begin = match self.scope {
            _ if self.open => None,
            Scope::Write => Some("begin"),
            Scope::Snapshot => Some("begin isolation level repeatable read read only"),
            Scope::Single => None,
        };
        let client = self.client.as_ref().ok_or(Error::Closed)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
        let outcome = async {
            let prepared = client.prepare_cached(&text.sql).await?;
            let Some(begin) = begin else {
                return A::ask(client, &prepared, &params).await;
            };
            self.open = true;
            // Polled in this order, so `begin` is sent first; nobody waits in between.
            let (begun, done) = join(
                client.batch_execute(begin),
                A::ask(client, &prepared, &params),
            )
            .await;
            begun.and(done)
        }
        .await;
        outcome.map_err(|error| {
            self.failed = true;
            self.collided |= outcome::is_collision(&error);
            outcome::postgres(self.op, statement, error)
        })
    }
}

impl Conn for PgConn {
    fn query<'a>(
        &'a mut self,
        statement: &'static Statement,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, Error>> {
        Box::pin(async move {
            let rows: Vec<tokio_postgres::Row> = self.run(statement, params).await?;
            read(statement, &rows)
        })
    }

    fn execute<'a>(
        &'a mut self,
        statement: &'static Statement,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(self.run(statement, params))
    }
}

impl Drop for PgConn {
    fn drop(&mut self) {
        if let (true, Some(client)) = (self.open, self.client.take()) {
            drop(Object::take(client));
        }
    }
}

fn read(statement: &'static Statement, rows: &[tokio_postgres::Row]) -> Result<Vec<Row>, Error> {
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    let names = || {
        first
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
    };
    let columns = statement.columns(|| names().collect());
    let cell = |row: &tokio_postgres::Row, at: usize| {
        row.try_get::<_, Value>(at)
            .map_err(|_mismatch| Error::Column {
                statement: statement.name(),
                column: columns.get(at).cloned().unwrap_or_default(),
            })
    };
    rows.iter()
        .map(|row| {
            let values = (0..columns.len()).map(|at| cell(row, at));
            let values = values.collect::<Result<_, _>>()?;
            Ok(Row::new(statement.name(), Arc::clone(columns), values))
        })
        .collect()
}
