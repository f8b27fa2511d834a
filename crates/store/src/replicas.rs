//! Leases of the running servers: whoever stops beating loses its chats.

use muster_base::{Micros, WorkerId};

use crate::{Error, Row, Tx, params};

/// A row of `replicas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub worker_id: WorkerId,
    pub started_at: Micros,
    pub beat_at: Micros,
    /// Where other replicas reach its live parts.
    pub relay_address: Option<String>,
}

/// Takes or renews a lease.
///
/// # Errors
/// When the statement fails.
pub async fn beat(
    tx: &mut Tx<'_>,
    worker: WorkerId,
    started_at: Micros,
    relay_address: Option<&str>,
) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(
        query!("replicas/upsert_beat"),
        &params![worker, started_at, now, relay_address],
    )
    .await
    .map(drop)
}

/// The lease of one replica.
///
/// # Errors
/// When the statement fails.
pub async fn get(tx: &mut Tx<'_>, worker: WorkerId) -> Result<Option<Replica>, Error> {
    let row = tx
        .query_opt(query!("replicas/get_by_worker"), &params![worker])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Every lease there is, the newest server first.
///
/// # Errors
/// When the statement fails.
pub async fn list(tx: &mut Tx<'_>) -> Result<Vec<Replica>, Error> {
    let rows = tx.query(query!("replicas/list_all"), &[]).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Replica, Error> {
    Ok(Replica {
        worker_id: row.get("worker_id")?,
        started_at: row.get("started_at")?,
        beat_at: row.get("beat_at")?,
        relay_address: row.get("relay_address")?,
    })
}

/// Gives a lease back.
///
/// # Errors
/// When the statement fails.
pub async fn delete(tx: &mut Tx<'_>, worker: WorkerId) -> Result<(), Error> {
    tx.execute(query!("replicas/delete_by_worker"), &params![worker])
        .await
        .map(drop)
}

/// Sweeps leases that are older than `before`.
///
/// # Errors
/// When the statement fails.
pub async fn delete_dead(tx: &mut Tx<'_>, before: Micros) -> Result<u64, Error> {
    tx.execute(query!("replicas/delete_dead"), &params![before])
        .await
}
