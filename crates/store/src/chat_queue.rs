//! Messages that wait behind a run, at most [`muster_base::limits::QUEUE_MAX`] per chat.

pub mod door;

use muster_base::{ChatId, EffectId, Micros, ModelConfigId, QueueId, UserId};
use uuid::Uuid;

use crate::chat_messages::document;
use crate::chats::optional_json;
use crate::{Error, Row, Tx, params};

/// A row of `chat_queued_messages`.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedMessage {
    pub id: QueueId,
    pub chat_id: ChatId,
    /// Orders the queue; says nothing else.
    pub position: i64,
    /// JSON text in the stored form.
    pub content: String,
    pub created_by: UserId,
    pub model_config_id: Option<ModelConfigId>,
    pub mcp_server_ids: Option<Vec<Uuid>>,
    pub reasoning_effort: Option<String>,
    pub effect_id: Option<EffectId>,
    pub created_at: Micros,
}

fn from_row(row: &Row) -> Result<QueuedMessage, Error> {
    Ok(QueuedMessage {
        id: row.get("id")?,
        chat_id: row.get("chat_id")?,
        position: row.get("position")?,
        content: document(row, "content")?,
        created_by: row.get("created_by")?,
        model_config_id: row.get("model_config_id")?,
        mcp_server_ids: optional_json(row, "mcp_server_ids")?,
        reasoning_effort: row.get("reasoning_effort")?,
        effect_id: row.get("effect_id")?,
        created_at: row.get("created_at")?,
    })
}

/// The queue of a chat, head first.
///
/// # Errors
/// When the statement fails.
pub async fn list(tx: &mut Tx<'_>, chat: ChatId) -> Result<Vec<QueuedMessage>, Error> {
    let rows = tx
        .query(query!("chat_queued_messages/list_by_chat"), &params![chat])
        .await?;
    rows.iter().map(from_row).collect()
}

/// The queued message that a tool call has already sent.
///
/// # Errors
/// When the statement fails.
pub async fn get_by_effect(
    tx: &mut Tx<'_>,
    effect: EffectId,
) -> Result<Option<QueuedMessage>, Error> {
    let row = tx
        .query_opt(
            query!("chat_queued_messages/get_by_effect"),
            &params![effect],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}
