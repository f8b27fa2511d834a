//! Writes of messages: for the one door in `chat-state`, and for nobody else.

use muster_base::{ChatId, EffectId, MessageId, ModelConfigId, UserId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::{Role, Usage, Visibility};
use crate::chats::Chat;
use crate::{Error, Tx, Value, params};

/// A message that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub role: Role,
    pub visibility: Visibility,
    /// JSON text in the stored form.
    pub content: String,
    pub created_by: Option<UserId>,
    pub model_config_id: Option<ModelConfigId>,
    pub reasoning_effort: Option<String>,
    pub compressed: bool,
    /// Only what nobody is to read begins like this.
    pub deleted: bool,
    pub usage: Usage,
    pub total_cost_micros: Option<i64>,
    pub runtime_ms: Option<i64>,
    pub provider_response_id: Option<String>,
    pub effect_id: Option<EffectId>,
}

impl NewMessage {
    /// A message that everybody sees, with nothing but its content.
    #[must_use]
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self {
            role,
            visibility: Visibility::Both,
            content: content.into(),
            created_by: None,
            model_config_id: None,
            reasoning_effort: None,
            compressed: false,
            deleted: false,
            usage: Usage::default(),
            total_cost_micros: None,
            runtime_ms: None,
            provider_response_id: None,
            effect_id: None,
        }
    }
}

/// The form in which `insert_messages` takes a row: absent is null, ids are hexadecimal.
impl Serialize for NewMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("role", self.role.as_str())?;
        row.serialize_entry("visibility", self.visibility.as_str())?;
        row.serialize_entry("content", &self.content)?;
        row.serialize_entry("compressed", &self.compressed)?;
        row.serialize_entry("deleted", &self.deleted)?;
        entry(&mut row, "created_by", self.created_by.map(hex))?;
        entry(&mut row, "model_config_id", self.model_config_id.map(hex))?;
        entry(&mut row, "reasoning_effort", self.reasoning_effort.as_ref())?;
        entry(&mut row, "input_tokens", self.usage.input_tokens)?;
        entry(&mut row, "output_tokens", self.usage.output_tokens)?;
        entry(&mut row, "total_tokens", self.usage.total_tokens)?;
        entry(&mut row, "reasoning_tokens", self.usage.reasoning_tokens)?;
        entry(
            &mut row,
            "cache_creation_tokens",
            self.usage.cache_creation_tokens,
        )?;
        entry(&mut row, "cache_read_tokens", self.usage.cache_read_tokens)?;
        entry(&mut row, "context_limit", self.usage.context_limit)?;
        entry(&mut row, "total_cost_micros", self.total_cost_micros)?;
        entry(&mut row, "runtime_ms", self.runtime_ms)?;
        entry(
            &mut row,
            "provider_response_id",
            self.provider_response_id.as_ref(),
        )?;
        entry(&mut row, "effect_id", self.effect_id.map(hex))?;
        row.end()
    }
}

fn entry<M: SerializeMap, T: Serialize>(
    row: &mut M,
    name: &'static str,
    value: Option<T>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| row.serialize_entry(name, &value))
}

pub(crate) fn hex(id: impl Into<Uuid>) -> String {
    id.into().simple().to_string()
}

/// Inserts messages in order, in one statement, and gives their ids in that order.
///
/// # Errors
/// When the statement fails.
pub async fn insert(
    tx: &mut Tx<'_>,
    chat: &Chat,
    messages: &[NewMessage],
) -> Result<Vec<MessageId>, Error> {
    let rows = tx
        .query(
            query!("chat_messages/insert_messages"),
            &params![
                Value::json(&messages)?,
                chat.id,
                chat.owner_id,
                chat.snapshot_version,
                1_i64,
                tx.now()
            ],
        )
        .await?;
    let mut ids = rows
        .iter()
        .map(|row| row.get("id"))
        .collect::<Result<Vec<MessageId>, _>>()?;
    // Ids are given in the order of insertion, but `returning` promises none.
    ids.sort_unstable();
    Ok(ids)
}

/// Soft-deletes a message and everything after it.
///
/// # Errors
/// When the statement fails.
pub async fn delete_from(
    tx: &mut Tx<'_>,
    chat: ChatId,
    first: MessageId,
    revision: i64,
) -> Result<u64, Error> {
    tx.execute(
        query!("chat_messages/update_deleted_from"),
        &params![chat, first, revision],
    )
    .await
}
