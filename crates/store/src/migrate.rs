//! Brings a database's schema up to this binary's.

use std::collections::BTreeMap;
use std::sync::Arc;

use muster_base::Micros;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::engine::{Engine, tokens};
use crate::error::{Cause, SchemaError};

/// One embedded file of `migrations/`.
#[derive(Debug)]
pub(crate) struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

const TABLE: &str = "create table if not exists schema_migrations (
    version {int} primary key,
    name {text} not null,
    checksum {text} not null,
    applied_at {int} not null
) {strict}";
const LIST: &str = "select version, name, checksum from schema_migrations order by version";
const INSERT: &str =
    "insert into schema_migrations (version, name, checksum, applied_at) values ($1, $2, $3, $4)";

/// What a database says about an applied migration: version → (name, checksum).
type Applied = BTreeMap<i64, (String, String)>;

impl Migration {
    fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.text))
    }
}

/// Identifies the whole schema, for templates of test databases.
#[must_use]
pub fn fingerprint() -> String {
    let mut all = Sha256::new();
    for migration in MIGRATIONS {
        all.update(migration.checksum());
    }
    hex::encode(all.finalize()).chars().take(16).collect()
}

/// The migrations still to run, in version order.
fn pending(
    known: &'static [Migration],
    applied: &Applied,
    allow_newer: bool,
) -> Result<Vec<&'static Migration>, SchemaError> {
    for (version, (name, checksum)) in applied {
        let version = *version;
        let name = name.clone();
        match known.iter().find(|known| known.version == version) {
            Some(known) if known.checksum() != *checksum => {
                return Err(SchemaError::Changed { version, name });
            }
            None if !allow_newer => return Err(SchemaError::Newer { version, name }),
            Some(_) | None => {}
        }
    }
    let mut missing: Vec<_> = known
        .iter()
        .filter(|known| !applied.contains_key(&known.version))
        .collect();
    missing.sort_by_key(|known| known.version);
    Ok(missing)
}

fn failed<E: std::error::Error + Send + Sync + 'static>(what: &'static str) -> impl Fn(E) -> Error {
    move |error| Error::Engine {
        what,
        source: Arc::new(error) as Cause,
    }
}

/// Runs what is pending on `SQLite`. The caller holds the lock file.
pub(crate) fn sqlite(
    connection: &mut Connection,
    now: Micros,
    allow_newer: bool,
) -> Result<(), Error> {
    connection
        .execute_batch(&tokens::ddl(Engine::Sqlite, TABLE))
        .map_err(failed("make the table of migrations"))?;
    let applied = sqlite_applied(connection).map_err(failed("list the migrations"))?;
    for migration in pending(MIGRATIONS, &applied, allow_newer)? {
        // `foreign_keys` can't be switched inside a transaction, and a table that is copied
        // and renamed must not drag its referrers along.
        let switch = |on: bool| {
            connection
                .pragma_update(None, "foreign_keys", on)
                .map_err(failed("switch foreign keys"))
        };
        switch(false)?;
        let outcome = sqlite_apply(connection, migration, now);
        if outcome.is_err() && !connection.is_autocommit() {
            connection
                .execute_batch("rollback")
                .map_err(failed("roll back a migration"))?;
        }
        outcome?;
        switch(true)?;
    }
    Ok(())
}

fn sqlite_applied(connection: &Connection) -> rusqlite::Result<Applied> {
    let mut list = connection.prepare(LIST)?;
    let rows = list.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    rows.collect()
}

fn sqlite_apply(connection: &Connection, migration: &Migration, now: Micros) -> Result<(), Error> {
    let text = tokens::ddl(Engine::Sqlite, migration.text);
    let Migration { version, name, .. } = migration;
    tracing::debug!(version, name, "migration starts");
    let dangling: Option<String> = (|| {
        connection.execute_batch("begin immediate")?;
        connection.execute_batch(&text)?;
        connection.execute(INSERT, (version, name, migration.checksum(), now.0))?;
        connection
            .query_row("pragma foreign_key_check", [], |row| row.get(0))
            .optional()
    })()
    .map_err(failed("run a migration"))?;
    if let Some(table) = dangling {
        return Err(SchemaError::Dangling {
            version: *version,
            name: (*name).to_owned(),
            table,
        }
        .into());
    }
    connection
        .execute_batch("commit")
        .map_err(failed("commit a migration"))
}

/// Runs what is pending on PostgreSQL, under an advisory lock.
pub(crate) async fn postgres(
    client: &mut tokio_postgres::Client,
    now: Micros,
    allow_newer: bool,
) -> Result<(), Error> {
    /// Any number that no other program is likely to lock.
    const LOCK: i64 = 0x6d75_7374_6572;
    client
        .execute("select pg_advisory_lock($1)", &[&LOCK])
        .await
        .map_err(failed("lock the migrations"))?;
    let outcome = postgres_locked(client, now, allow_newer).await;
    client
        .execute("select pg_advisory_unlock($1)", &[&LOCK])
        .await
        .map_err(failed("unlock the migrations"))?;
    outcome
}

async fn postgres_locked(
    client: &mut tokio_postgres::Client,
    now: Micros,
    allow_newer: bool,
) -> Result<(), Error> {
    client
        .batch_execute(&tokens::ddl(Engine::Postgres, TABLE))
        .await
        .map_err(failed("make the table of migrations"))?;
    let rows = client
        .query(LIST, &[])
        .await
        .map_err(failed("list the migrations"))?;
    let applied = rows
        .iter()
        .map(|row| (row.get(0), (row.get(1), row.get(2))))
        .collect();
    for migration in pending(MIGRATIONS, &applied, allow_newer)? {
        postgres_apply(client, migration, now)
            .await
            .map_err(failed("run a migration"))?;
    }
    Ok(())
}

async fn postgres_apply(
    client: &mut tokio_postgres::Client,
    migration: &Migration,
    now: Micros,
) -> Result<(), tokio_postgres::Error> {
    let Migration { version, name, .. } = migration;
    tracing::debug!(version, name, "migration starts");
    let transaction = client.transaction().await?;
    transaction
        .batch_execute(&tokens::ddl(Engine::Postgres, migration.text))
        .await?;
    transaction
        .execute(INSERT, &[version, name, &migration.checksum(), &now.0])
        .await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests;
