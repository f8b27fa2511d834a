//! Writes of the queue: for the one door in `chat-state`, and for nobody else.

use muster_base::{ChatId, QueueId};

use super::QueuedMessage;
use crate::{Error, Tx, Value, params};

/// Appends an item; its `id` is given by the store.
///
/// # Errors
/// When the statement fails.
pub async fn insert(tx: &mut Tx<'_>, item: &QueuedMessage) -> Result<QueueId, Error> {
    let servers = item.mcp_server_ids.as_ref();
    tx.query_one(
        query!("chat_queued_messages/insert_item"),
        &params![
            item.chat_id,
            item.position,
            Value::Json(item.content.clone()),
            item.created_by,
            item.model_config_id,
            servers.map_or(Ok(Value::Null), Value::json)?,
            item.reasoning_effort.clone(),
            item.effect_id,
            item.created_at
        ],
    )
    .await?
    .get("id")
}

/// Removes one item.
///
/// # Errors
/// When the statement fails.
pub async fn delete(tx: &mut Tx<'_>, chat: ChatId, id: QueueId) -> Result<u64, Error> {
    tx.execute(
        query!("chat_queued_messages/delete_item"),
        &params![chat, id],
    )
    .await
}

/// Removes all items.
///
/// # Errors
/// When the statement fails.
pub async fn delete_all(tx: &mut Tx<'_>, chat: ChatId) -> Result<u64, Error> {
    tx.execute(
        query!("chat_queued_messages/delete_by_chat"),
        &params![chat],
    )
    .await
}

/// Moves one item.
///
/// # Errors
/// When the statement fails.
pub async fn update_position(
    tx: &mut Tx<'_>,
    chat: ChatId,
    id: QueueId,
    position: i64,
) -> Result<u64, Error> {
    tx.execute(
        query!("chat_queued_messages/update_position"),
        &params![chat, id, position],
    )
    .await
}
