//! Messages of chats: pages for people, the prompt for models, changes for streams.
//!
//! A content is carried as the stored JSON text; `chat-state` knows what is inside.

pub mod door;
pub mod ends;

use std::sync::Arc;

use muster_base::{ChatId, EffectId, MessageId, Micros, ModelConfigId, UserId};
use muster_rbac::{Action, Actor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use door::hex;

use crate::chat_queue::{self, QueuedMessage};
use crate::chats::{self, Chat, ChatStatus};
use crate::wire_enum::wire_enum;
use crate::{Error, Row, Statement, Store, Tx, Value, chat_acl, params};

wire_enum! {
    /// Who speaks.
    pub enum Role {
        System = "system",
        User = "user",
        Assistant = "assistant",
        Tool = "tool",
    }
}

wire_enum! {
    /// Who sees a message.
    pub enum Visibility {
        /// People only.
        User = "user",
        /// Models only.
        Model = "model",
        Both = "both",
    }
}

/// What a step used, as the provider counted it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub total_tokens: Option<i64>,
    pub reasoning_tokens: Option<i64>,
    pub cache_creation_tokens: Option<i64>,
    pub cache_read_tokens: Option<i64>,
    pub context_limit: Option<i64>,
}

/// A row of `chat_messages`.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub chat_id: ChatId,
    pub owner_id: UserId,
    /// The snapshot that last touched this row.
    pub revision: i64,
    pub role: Role,
    pub visibility: Visibility,
    /// JSON text in the stored form.
    pub content: String,
    pub content_version: i64,
    pub created_by: Option<UserId>,
    pub model_config_id: Option<ModelConfigId>,
    pub reasoning_effort: Option<String>,
    pub compressed: bool,
    pub deleted: bool,
    pub usage: Usage,
    pub total_cost_micros: Option<i64>,
    pub runtime_ms: Option<i64>,
    pub provider_response_id: Option<String>,
    pub effect_id: Option<EffectId>,
    pub created_at: Micros,
}

/// One page of history, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePage {
    pub messages: Vec<Message>,
    /// The whole queue, on the first page only.
    pub queued: Vec<QueuedMessage>,
    pub has_more: bool,
}

/// Where a reader of the stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Knows nothing: everything comes.
    Nothing,
    /// Knows all messages up to this one, as bootstrap clients say.
    Message(MessageId),
    /// Knows everything up to this revision.
    Revision(i64),
}

/// One consistent view of a chat, read in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub chat: Chat,
    /// What the reader knew is gone: `messages` is everything, from the beginning.
    pub history_reset: bool,
    /// Visible messages in order.
    pub messages: Vec<Message>,
    pub queue: Vec<QueuedMessage>,
    /// While the chat waits for a client: its last answer and the results behind it.
    pub asked: Vec<Message>,
}

pub(crate) fn message_from_row(row: &Row) -> Result<Message, Error> {
    Ok(Message {
        id: row.get("id")?,
        chat_id: row.get("chat_id")?,
        owner_id: row.get("owner_id")?,
        revision: row.get("revision")?,
        role: row.get("role")?,
        visibility: row.get("visibility")?,
        content: document(row, "content")?,
        content_version: row.get("content_version")?,
        created_by: row.get("created_by")?,
        model_config_id: row.get("model_config_id")?,
        reasoning_effort: row.get("reasoning_effort")?,
        compressed: row.get("compressed")?,
        deleted: row.get("deleted")?,
        usage: Usage {
            input_tokens: row.get("input_tokens")?,
            output_tokens: row.get("output_tokens")?,
            total_tokens: row.get("total_tokens")?,
            reasoning_tokens: row.get("reasoning_tokens")?,
            cache_creation_tokens: row.get("cache_creation_tokens")?,
            cache_read_tokens: row.get("cache_read_tokens")?,
            context_limit: row.get("context_limit")?,
        },
        total_cost_micros: row.get("total_cost_micros")?,
        runtime_ms: row.get("runtime_ms")?,
        provider_response_id: row.get("provider_response_id")?,
        effect_id: row.get("effect_id")?,
        created_at: row.get("created_at")?,
    })
}

/// The text of a document, without reading what is in it.
pub(crate) fn document(row: &Row, column: &str) -> Result<String, Error> {
    let raw: Box<RawValue> = row.json(column)?;
    Ok(String::from(Box::<str>::from(raw)))
}

async fn list(
    tx: &mut Tx<'_>,
    statement: &'static Statement,
    params: &[Value],
) -> Result<Vec<Message>, Error> {
    let rows = tx.query(statement, params).await?;
    rows.iter().map(message_from_row).collect()
}

/// Visible messages below an id, newest first.
///
/// # Errors
/// When the statement fails.
pub async fn list_page(
    tx: &mut Tx<'_>,
    chat: ChatId,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Message>, Error> {
    let before = before.unwrap_or(MessageId(i64::MAX));
    list(
        tx,
        query!("chat_messages/list_page"),
        &params![chat, before, limit],
    )
    .await
}

/// Visible messages above an id, in order.
///
/// # Errors
/// When the statement fails.
pub async fn list_visible(
    tx: &mut Tx<'_>,
    chat: ChatId,
    after: MessageId,
) -> Result<Vec<Message>, Error> {
    list(
        tx,
        query!("chat_messages/list_visible"),
        &params![chat, after],
    )
    .await
}

/// What a model sees of a chat, in order.
///
/// # Errors
/// When the statement fails.
pub async fn list_prompt(tx: &mut Tx<'_>, chat: ChatId) -> Result<Vec<Message>, Error> {
    list(tx, query!("chat_messages/list_prompt"), &params![chat]).await
}

/// The last assistant message that a model sees, and the results behind it.
///
/// # Errors
/// When the statement fails.
pub async fn list_tail(tx: &mut Tx<'_>, chat: ChatId) -> Result<Vec<Message>, Error> {
    list(tx, query!("chat_messages/list_tail"), &params![chat]).await
}

/// What the model last said, the newest first.
///
/// # Errors
/// When the statement fails.
pub async fn list_said(tx: &mut Tx<'_>, chat: ChatId, limit: i64) -> Result<Vec<Message>, Error> {
    list(tx, query!("chat_messages/list_said"), &params![chat, limit]).await
}

/// One message of a chat, deleted or not.
///
/// # Errors
/// When the statement fails.
pub async fn get(tx: &mut Tx<'_>, chat: ChatId, id: MessageId) -> Result<Option<Message>, Error> {
    let row = tx
        .query_opt(query!("chat_messages/get_by_id"), &params![chat, id])
        .await?;
    row.as_ref().map(message_from_row).transpose()
}

/// The message that a tool call has already sent.
///
/// # Errors
/// When the statement fails.
pub async fn get_by_effect(tx: &mut Tx<'_>, effect: EffectId) -> Result<Option<Message>, Error> {
    let row = tx
        .query_opt(query!("chat_messages/get_by_effect"), &params![effect])
        .await?;
    row.as_ref().map(message_from_row).transpose()
}

/// The newest result of a compaction or of a clearing.
///
/// # Errors
/// When the statement fails.
pub async fn last_summary(tx: &mut Tx<'_>, chat: ChatId) -> Result<Option<Message>, Error> {
    let statement = query!("chat_messages/get_last_summary");
    let row = tx.query_opt(statement, &params![chat]).await?;
    row.as_ref().map(message_from_row).transpose()
}

/// How many messages a compaction could summarise.
///
/// # Errors
/// When the statement fails.
pub async fn count_compactable(tx: &mut Tx<'_>, chat: ChatId) -> Result<i64, Error> {
    tx.query_one(query!("chat_messages/count_compactable"), &params![chat])
        .await?
        .get("messages")
}

/// How many assistant messages there are since the user last spoke.
///
/// # Errors
/// When the statement fails.
pub async fn count_steps(tx: &mut Tx<'_>, chat: ChatId) -> Result<i64, Error> {
    tx.query_one(query!("chat_messages/count_steps"), &params![chat])
        .await?
        .get("steps")
}

/// Everything that a reader of the stream lacks. Call it in a read op: one transaction, one view.
///
/// # Errors
/// When a statement fails.
pub async fn snapshot(tx: &mut Tx<'_>, id: ChatId, since: Since) -> Result<Snapshot, Error> {
    let chat = chats::get(tx, id).await?;
    let (history_reset, messages) = match since {
        Since::Nothing => (false, list_visible(tx, id, MessageId(0)).await?),
        Since::Message(after) => after_message(tx, id, after).await?,
        Since::Revision(revision) if revision >= chat.history_version => (false, Vec::new()),
        Since::Revision(revision) => changed(tx, id, revision).await?,
    };
    let queue = chat_queue::list(tx, id).await?;
    let asked = match chat.status {
        ChatStatus::RequiresAction => list_tail(tx, id).await?,
        ChatStatus::Waiting
        | ChatStatus::Running
        | ChatStatus::Interrupting
        | ChatStatus::Error => Vec::new(),
    };
    Ok(Snapshot {
        chat,
        history_reset,
        messages,
        queue,
        asked,
    })
}

async fn after_message(
    tx: &mut Tx<'_>,
    chat: ChatId,
    after: MessageId,
) -> Result<(bool, Vec<Message>), Error> {
    // An `after_id` of 0 is how clients say that they have nothing yet.
    let known = after.0 == 0
        || get(tx, chat, after)
            .await?
            .is_some_and(|message| !message.deleted);
    let from = if known { after } else { MessageId(0) };
    Ok((!known, list_visible(tx, chat, from).await?))
}

async fn changed(
    tx: &mut Tx<'_>,
    chat: ChatId,
    revision: i64,
) -> Result<(bool, Vec<Message>), Error> {
    let changed = list(
        tx,
        query!("chat_messages/list_changed"),
        &params![chat, revision],
    )
    .await?;
    if changed.iter().any(|message| message.deleted) {
        return Ok((true, list_visible(tx, chat, MessageId(0)).await?));
    }
    Ok((false, changed))
}

impl Store {
    /// One page of a chat's history; `before` absent is the first page, which has the queue.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn list_messages(
        &self,
        actor: &Actor,
        chat: ChatId,
        before: Option<MessageId>,
        limit: i64,
    ) -> Result<MessagePage, Error> {
        let actor = actor.clone();
        self.read("chat.messages", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                chats::get_readable(tx, &actor, chat).await?;
                let mut messages = list_page(tx, chat, before, limit.saturating_add(1)).await?;
                let wanted = usize::try_from(limit).unwrap_or(0);
                let has_more = messages.len() > wanted;
                messages.truncate(wanted);
                let queued = match before {
                    None => chat_queue::list(tx, chat).await?,
                    Some(_) => Vec::new(),
                };
                Ok(MessagePage {
                    messages,
                    queued,
                    has_more,
                })
            })
        })
        .await
    }

    /// What the actor has said in words in a chat, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn list_own_messages(
        &self,
        actor: &Actor,
        chat: ChatId,
        limit: i64,
    ) -> Result<Vec<Message>, Error> {
        let actor = actor.clone();
        self.read("chat.own_messages", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                chats::get_readable(tx, &actor, chat).await?;
                let Some(user) = actor.user_id() else {
                    return Ok(Vec::new());
                };
                let statement = query!("chat_messages/list_own");
                list(tx, statement, &params![chat, user, limit]).await
            })
        })
        .await
    }

    /// The newest message that people see of a chat's history.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_newest_message(
        &self,
        actor: &Actor,
        chat: ChatId,
        history_version: i64,
    ) -> Result<Option<MessageId>, Error> {
        let actor = actor.clone();
        self.read("chat.newest_message", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                chats::get_readable(tx, &actor, chat).await?;
                let statement = query!("chat_messages/get_newest");
                let values = params![chat, history_version];
                let row = tx.query_opt(statement, &values).await?;
                row.map(|row| row.get("id")).transpose()
            })
        })
        .await
    }

    /// What a model sees of a chat, with the row it belongs to.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_prompt(
        &self,
        actor: &Actor,
        chat: ChatId,
    ) -> Result<(Chat, Vec<Message>), Error> {
        let actor = actor.clone();
        self.read("chat.prompt", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let row = chats::get_readable(tx, &actor, chat).await?;
                Ok((row, list_prompt(tx, chat).await?))
            })
        })
        .await
    }

    /// How the last compaction went, for the worker.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_last_summary(
        &self,
        actor: &Actor,
        chat: ChatId,
    ) -> Result<Option<Message>, Error> {
        let actor = actor.clone();
        self.read("chat.last_summary", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                chats::get_readable(tx, &actor, chat).await?;
                last_summary(tx, chat).await
            })
        })
        .await
    }

    /// Everything that a reader of the stream lacks, in one read transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_chat_snapshot(
        &self,
        actor: &Actor,
        chat: ChatId,
        since: Since,
    ) -> Result<Arc<Snapshot>, Error> {
        let actor = actor.clone();
        self.read("chat.sync", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let snapshot = snapshot(tx, chat, since).await?;
                chat_acl::check(tx, &actor, Action::Read, &snapshot.chat).await?;
                Ok(Arc::new(snapshot))
            })
        })
        .await
    }
}
