//! Writes of execution state: for the one door in `chat-state`, and for nobody else.

use std::collections::HashSet;

use muster_base::{
    AgentId, BuildId, ChatId, EffectId, Micros, ModelConfigId, OrganizationId, RunnerId, UserId,
    WorkerId, WorkspaceId,
};
use uuid::Uuid;

use super::list::folded;
use super::{
    Chat, ChatMode, ChatStatus, ClientType, Versions, chat_from_row, no_chat, versions_from_row,
};
use crate::{Error, Tx, Value, params};

/// A chat that does not exist yet. Its first version is 1.
#[derive(Clone, Debug)]
pub struct NewChat {
    pub id: ChatId,
    pub organization_id: OrganizationId,
    pub owner_id: UserId,
    /// The parent and the root above it; both absent for a root.
    pub parent: Option<(ChatId, ChatId)>,
    pub workspace_id: Option<WorkspaceId>,
    pub build_id: Option<BuildId>,
    pub agent_id: Option<AgentId>,
    pub model_config_id: ModelConfigId,
    pub reasoning_effort: Option<String>,
    pub title: String,
    pub mode: Option<ChatMode>,
    pub client_type: ClientType,
    /// Texts by key, already checked.
    pub labels: serde_json::Value,
    pub mcp_server_ids: Vec<Uuid>,
    pub system_prompt: Option<String>,
    /// Tools that the client runs, already checked: a list of name, description and schema.
    pub dynamic_tools: Option<serde_json::Value>,
    pub effect_id: Option<EffectId>,
}

/// A locked row with the length of its queue.
#[derive(Debug)]
pub struct Locked {
    pub chat: Chat,
    /// `None` when the lock was waited for, so that the queue must be read anew.
    pub queue_len: Option<usize>,
}

/// Inserts a running chat.
///
/// # Errors
/// When the statement fails.
pub async fn insert(tx: &mut Tx<'_>, new: &NewChat) -> Result<(), Error> {
    let now = tx.now();
    let (parent, root) = new.parent.unzip();
    tx.execute(
        query!("chats/insert_chat"),
        &params![
            new.id,
            new.organization_id,
            new.owner_id,
            parent,
            root.unwrap_or(new.id),
            new.workspace_id,
            new.build_id,
            new.agent_id,
            new.model_config_id,
            new.reasoning_effort.clone(),
            new.title.clone(),
            folded(&new.title),
            ChatStatus::Running,
            new.mode,
            new.client_type,
            &new.labels,
            Value::json(&new.mcp_server_ids)?,
            1_i64,
            1_i64,
            1_i64,
            new.system_prompt.clone(),
            document(new.dynamic_tools.as_ref())?,
            new.effect_id,
            now,
            now
        ],
    )
    .await?;
    insert_labels(tx, new.id, new.owner_id, &new.labels).await
}

async fn insert_labels(
    tx: &mut Tx<'_>,
    id: ChatId,
    owner: UserId,
    labels: &serde_json::Value,
) -> Result<(), Error> {
    if labels.as_object().is_none_or(serde_json::Map::is_empty) {
        return Ok(());
    }
    let values = params![id, owner, labels];
    tx.execute(query!("chat_labels/insert_labels"), &values)
        .await
        .map(drop)
}

/// Writes the labels that lists filter by; the document in the row is written with the rest of
/// the metadata.
///
/// # Errors
/// When the statement fails.
pub async fn replace_labels(tx: &mut Tx<'_>, chat: &Chat) -> Result<(), Error> {
    tx.execute(query!("chat_labels/delete_by_chat"), &params![chat.id])
        .await?;
    insert_labels(tx, chat.id, chat.owner_id, &chat.labels).await
}

/// Locks whoever owns a chat, so that their pins are ordered by one hand at a time, and then
/// their pinned chats, the first one first.
///
/// # Errors
/// When the statement fails.
pub async fn lock_pinned(tx: &mut Tx<'_>, owner: UserId) -> Result<Vec<(ChatId, i64)>, Error> {
    tx.query(query!("users/lock_by_id"), &params![owner])
        .await?;
    let rows = tx
        .query(query!("chats/lock_pinned"), &params![owner])
        .await?;
    let mut pinned: Vec<(ChatId, i64)> = rows
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("pin_order")?)))
        .collect::<Result<_, Error>>()?;
    pinned.sort_by_key(|(id, order)| (*order, *id));
    Ok(pinned)
}

/// Moves a pinned chat that is not the one of the bundle.
///
/// # Errors
/// When the statement fails.
pub async fn update_pin_order(tx: &mut Tx<'_>, id: ChatId, order: i64) -> Result<(), Error> {
    tx.execute(query!("chats/update_pin_order"), &params![id, order])
        .await
        .map(drop)
}

/// Locks a chat until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn lock(tx: &mut Tx<'_>, id: ChatId) -> Result<Locked, Error> {
    let row = tx.query_one(query!("chats/lock_by_id"), &params![id]).await;
    let row = row.map_err(no_chat)?;
    let chat = chat_from_row(&row)?;
    let as_of: Option<i64> = row.get("queue_as_of")?;
    let queue_len: i64 = row.get("queue_len")?;
    Ok(Locked {
        queue_len: (as_of == Some(chat.snapshot_version))
            .then(|| usize::try_from(queue_len).unwrap_or(usize::MAX)),
        chat,
    })
}

/// Writes everything that a bundle may have changed in the row itself.
///
/// # Errors
/// [`Error::Corrupt`] when the row has not the version that was locked.
pub async fn update_execution(tx: &mut Tx<'_>, chat: &Chat, locked: i64) -> Result<(), Error> {
    let touched = tx
        .execute(
            query!("chats/update_execution"),
            &params![
                chat.id,
                locked,
                chat.status,
                chat.archived,
                chat.snapshot_version,
                chat.history_version,
                chat.queue_version,
                chat.generation_attempt,
                document(chat.retry_state.as_ref())?,
                chat.retry_state_version,
                document(chat.last_error.as_ref())?,
                chat.requires_action_deadline_at,
                chat.compaction_requested_at,
                chat.worker_id,
                chat.runner_id,
                chat.last_model_config_id,
                chat.last_reasoning_effort.clone(),
                Value::json(&chat.mcp_server_ids)?,
                chat.updated_at,
                chat.last_turn_summary.clone()
            ],
        )
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(Error::Corrupt {
            what: "snapshot version of a locked chat",
        })
    }
}

/// Writes the fields that are not execution state but travel through the same door.
///
/// # Errors
/// When the statement fails.
pub async fn update_metadata(tx: &mut Tx<'_>, chat: &Chat) -> Result<(), Error> {
    tx.execute(
        query!("chats/update_metadata"),
        &params![
            chat.id,
            chat.title.clone(),
            folded(&chat.title),
            chat.workspace_id,
            chat.build_id,
            chat.agent_id,
            chat.pin_order,
            &chat.labels,
            chat.shared,
            chat.queued_for_capacity
        ],
    )
    .await
    .map(drop)
}

/// A chat and everything below it, in the one order in which families are locked.
///
/// # Errors
/// When the statement fails.
pub async fn list_family(tx: &mut Tx<'_>, id: ChatId) -> Result<Vec<ChatId>, Error> {
    let rows = tx.query(query!("chats/list_family"), &params![id]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Locks runnable chats that nobody owns, the longest waiting first.
///
/// # Errors
/// When the statement fails.
pub async fn lock_unowned(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Versions>, Error> {
    let rows = tx
        .query(query!("chats/lock_unowned"), &params![limit])
        .await?;
    rows.iter().map(versions_from_row).collect()
}

/// Locks runnable chats whose owner is gone.
///
/// A chat that somebody took while we waited for nothing but its lock is looked at again: under
/// PostgreSQL the first statement judges such a row's new owner by heartbeats from before.
///
/// # Errors
/// When the statement fails.
pub async fn lock_stale(
    tx: &mut Tx<'_>,
    runner_since: Micros,
    replica_since: Micros,
    limit: i64,
) -> Result<Vec<Versions>, Error> {
    let rows = tx
        .query(
            query!("chats/lock_stale"),
            &params![runner_since, replica_since, limit],
        )
        .await?;
    let mut found: Vec<Versions> = rows
        .iter()
        .map(versions_from_row)
        .collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Ok(found);
    }
    let ids = Value::ids(found.iter().map(|chat| chat.chat_id));
    let rows = tx
        .query(
            query!("chats/list_stale"),
            &params![ids, runner_since, replica_since],
        )
        .await?;
    let stale: HashSet<ChatId> = rows
        .iter()
        .map(|row| row.get("id"))
        .collect::<Result<_, _>>()?;
    found.retain(|chat| stale.contains(&chat.chat_id));
    Ok(found)
}

/// Gives locked chats to a worker.
///
/// # Errors
/// When the statement fails.
pub async fn update_acquired(
    tx: &mut Tx<'_>,
    chats: &[ChatId],
    worker: WorkerId,
    runner: RunnerId,
) -> Result<u64, Error> {
    let ids = Value::ids(chats.iter().copied());
    tx.execute(
        query!("chats/update_acquired"),
        &params![ids, worker, runner],
    )
    .await
}

/// Takes every chat from its owner; right only where no other server can be alive.
///
/// # Errors
/// When the statement fails.
pub async fn update_disowned(tx: &mut Tx<'_>) -> Result<u64, Error> {
    tx.execute(query!("chats/update_disowned"), &params![])
        .await
}

/// When the owning runner and its replica last beat, if both have a row.
///
/// # Errors
/// When the statement fails.
pub async fn get_lease(
    tx: &mut Tx<'_>,
    chat: ChatId,
    runner: RunnerId,
) -> Result<Option<(Micros, Micros)>, Error> {
    let row = tx
        .query_opt(query!("chats/get_lease"), &params![chat, runner])
        .await?;
    row.map(|row| Ok((row.get("runner_beat_at")?, row.get("replica_beat_at")?)))
        .transpose()
}

/// Who owns a locked chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub runner_id: Option<RunnerId>,
    pub status: ChatStatus,
}

/// Locks a chat for a write beside the door that only its owner may make.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn lock_owner(tx: &mut Tx<'_>, id: ChatId) -> Result<Owner, Error> {
    let row = tx
        .query_one(query!("chats/lock_runner"), &params![id])
        .await;
    let row = row.map_err(no_chat)?;
    Ok(Owner {
        runner_id: row.get("runner_id")?,
        status: row.get("status")?,
    })
}

fn document<T: serde::Serialize>(value: Option<&T>) -> Result<Value, Error> {
    value.map_or(Ok(Value::Null), Value::json)
}
