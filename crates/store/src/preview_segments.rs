//! Spilled pieces of long live answers, until the step is committed or dropped.

use muster_base::{ChatId, Micros};
use serde::Serialize;

use crate::chat_messages::{document, hex};
use crate::{Error, Tx, Value, params};

/// A piece of an episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub chat_id: ChatId,
    pub history_version: i64,
    pub generation_attempt: i64,
    pub from_seq: i64,
    pub to_seq: i64,
    /// JSON text.
    pub data: String,
}

#[derive(Serialize)]
struct NewRow<'s> {
    chat_id: String,
    history_version: i64,
    generation_attempt: i64,
    from_seq: i64,
    to_seq: i64,
    data: &'s str,
}

/// Writes pieces of several episodes in one statement.
///
/// # Errors
/// When the statement fails.
pub async fn insert(tx: &mut Tx<'_>, segments: &[Segment]) -> Result<(), Error> {
    let rows: Vec<NewRow<'_>> = segments
        .iter()
        .map(|segment| NewRow {
            chat_id: hex(segment.chat_id),
            history_version: segment.history_version,
            generation_attempt: segment.generation_attempt,
            from_seq: segment.from_seq,
            to_seq: segment.to_seq,
            data: &segment.data,
        })
        .collect();
    let now = tx.now();
    tx.execute(
        query!("chat_preview_segments/insert_segments"),
        &params![Value::json(&rows)?, now],
    )
    .await
    .map(drop)
}

/// The pieces of one episode that reach beyond `after_seq`, in order.
///
/// # Errors
/// When the statement fails.
pub async fn list(
    tx: &mut Tx<'_>,
    chat: ChatId,
    history_version: i64,
    generation_attempt: i64,
    after_seq: i64,
) -> Result<Vec<Segment>, Error> {
    let rows = tx
        .query(
            query!("chat_preview_segments/list_by_episode"),
            &params![chat, history_version, generation_attempt, after_seq],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Segment {
                chat_id: chat,
                history_version,
                generation_attempt,
                from_seq: row.get("from_seq")?,
                to_seq: row.get("to_seq")?,
                data: document(row, "data")?,
            })
        })
        .collect()
}

/// Removes all pieces of a chat: its step was committed or dropped.
///
/// # Errors
/// When the statement fails.
pub async fn delete(tx: &mut Tx<'_>, chat: ChatId) -> Result<u64, Error> {
    tx.execute(
        query!("chat_preview_segments/delete_by_chat"),
        &params![chat],
    )
    .await
}

/// Sweeps pieces that were written before `before`.
///
/// # Errors
/// When the statement fails.
pub async fn delete_older(tx: &mut Tx<'_>, before: Micros) -> Result<u64, Error> {
    tx.execute(
        query!("chat_preview_segments/delete_older"),
        &params![before],
    )
    .await
}
