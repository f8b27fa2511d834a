//! Signs of life of runners. They move no version and notify nobody.

use muster_base::{ChatId, Micros, RunnerId, WorkerId};

use crate::{Error, Tx, Value, params};

/// The first beat of chats that were acquired together; beats of former owners are removed.
///
/// # Errors
/// When a statement fails.
pub async fn insert_acquired(
    tx: &mut Tx<'_>,
    chats: &[ChatId],
    runner: RunnerId,
    worker: WorkerId,
) -> Result<(), Error> {
    let ids = Value::ids(chats.iter().copied());
    let now = tx.now();
    tx.execute(
        query!("chat_heartbeats/insert_acquired"),
        &params![ids, runner, worker, now],
    )
    .await
    .map(drop)
}

/// Removes the beats of whoever owned these chats.
///
/// # Errors
/// When the statement fails.
pub async fn delete_by_chats(tx: &mut Tx<'_>, chats: &[ChatId]) -> Result<(), Error> {
    let ids = Value::ids(chats.iter().copied());
    tx.execute(query!("chat_heartbeats/delete_by_chats"), &params![ids])
        .await
        .map(drop)
}

/// Beats for everything that a worker owns, in one statement.
///
/// Gives the runners that still have a row; one that is missing has lost its chat.
///
/// # Errors
/// When the statement fails.
pub async fn beat(tx: &mut Tx<'_>, worker: WorkerId) -> Result<Vec<(ChatId, RunnerId)>, Error> {
    let now = tx.now();
    let rows = tx
        .query(
            query!("chat_heartbeats/update_beats"),
            &params![worker, now],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("chat_id")?, row.get("runner_id")?)))
        .collect()
}

/// Removes the beat of one ownership.
///
/// # Errors
/// When the statement fails.
pub async fn delete(tx: &mut Tx<'_>, chat: ChatId, runner: RunnerId) -> Result<(), Error> {
    tx.execute(
        query!("chat_heartbeats/delete_by_runner"),
        &params![chat, runner],
    )
    .await
    .map(drop)
}

/// Sweeps beats that are older than `before`.
///
/// # Errors
/// When the statement fails.
pub async fn delete_stale(tx: &mut Tx<'_>, before: Micros) -> Result<u64, Error> {
    tx.execute(query!("chat_heartbeats/delete_stale"), &params![before])
        .await
}

/// Removes all beats; right only where no other server can be alive.
///
/// # Errors
/// When the statement fails.
pub async fn delete_all(tx: &mut Tx<'_>) -> Result<u64, Error> {
    tx.execute(query!("chat_heartbeats/delete_all"), &params![])
        .await
}
