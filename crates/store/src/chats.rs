//! Chats: rows, lists, versions and ownership.
//!
//! Reads are for everybody and authorize. What changes execution state is in [`door`], and only
//! `chat-state` calls that: a test there looks for others.

pub mod door;
mod list;
mod row;

use std::collections::BTreeMap;
use std::sync::Arc;

use muster_base::{
    AgentId, BuildId, ChatId, EffectId, MessageId, Micros, ModelConfigId, OrganizationId, RunnerId,
    UserId, WorkerId, WorkspaceId,
};
use muster_rbac::{Action, Actor, Object, ResourceKind};
use serde::{Deserialize, Serialize};

pub use list::{ChatListItem, ListChats, SharedChats, list_children, list_roots};
pub(crate) use row::optional as optional_json;
pub use row::{chat_from_row, versions_from_row};

use crate::wire_enum::wire_enum;
use crate::{Error, Store, Tx, Value, chat_acl, params};

wire_enum! {
    /// What a chat is doing, as stored and as clients see it.
    pub enum ChatStatus {
        Waiting = "waiting",
        Running = "running",
        Interrupting = "interrupting",
        RequiresAction = "requires_action",
        Error = "error",
    }
}

wire_enum! {
    /// What a chat was made with.
    pub enum ClientType {
        Ui = "ui",
        Api = "api",
    }
}

wire_enum! {
    /// A chat of a special kind.
    pub enum ChatMode {
        ComputerUse = "computer_use",
        Explore = "explore",
    }
}

/// Why the last run failed, in words for the user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    pub message: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    pub retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A wait before the next model attempt. It outlives the process that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryState {
    /// Counted from 1.
    pub attempt: u32,
    pub delay_ms: u64,
    /// In words for the user.
    pub error: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    pub retrying_at: Micros,
}

/// A row of `chats`.
#[derive(Clone, Debug, PartialEq)]
pub struct Chat {
    pub id: ChatId,
    pub organization_id: OrganizationId,
    pub owner_id: UserId,
    pub parent_chat_id: Option<ChatId>,
    /// A root's own id.
    pub root_chat_id: ChatId,
    pub workspace_id: Option<WorkspaceId>,
    pub build_id: Option<BuildId>,
    pub agent_id: Option<AgentId>,
    pub last_model_config_id: ModelConfigId,
    pub last_reasoning_effort: Option<String>,
    pub title: String,
    pub status: ChatStatus,
    pub archived: bool,
    pub mode: Option<ChatMode>,
    pub plan_mode: Option<String>,
    pub client_type: ClientType,
    /// 0 is "not pinned".
    pub pin_order: i64,
    pub labels: serde_json::Value,
    pub mcp_server_ids: Vec<uuid::Uuid>,
    pub last_error: Option<LastError>,
    /// What the last turn that ended by itself came to, in one sentence.
    pub last_turn_summary: Option<String>,
    pub last_read_message_id: Option<MessageId>,
    pub snapshot_version: i64,
    pub history_version: i64,
    pub queue_version: i64,
    pub generation_attempt: i64,
    pub retry_state: Option<RetryState>,
    pub retry_state_version: i64,
    pub requires_action_deadline_at: Option<Micros>,
    pub compaction_requested_at: Option<Micros>,
    pub worker_id: Option<WorkerId>,
    pub runner_id: Option<RunnerId>,
    pub system_prompt: Option<String>,
    pub dynamic_tools: Option<serde_json::Value>,
    /// Somebody but its owner may read it.
    pub shared: bool,
    /// It waits until other chats have finished.
    pub queued_for_capacity: bool,
    pub effect_id: Option<EffectId>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// The part of a chat's row that tells whether anything moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    pub chat_id: ChatId,
    pub snapshot_version: i64,
    pub history_version: i64,
    pub queue_version: i64,
    pub retry_state_version: i64,
    pub generation_attempt: i64,
    pub status: ChatStatus,
    pub archived: bool,
    pub worker_id: Option<WorkerId>,
    pub runner_id: Option<RunnerId>,
}

impl Chat {
    /// The chat as an object of the policy.
    #[must_use]
    pub fn object(&self) -> Object {
        Object::of(ResourceKind::Chat)
            .owned_by(self.owner_id)
            .in_organization(self.organization_id)
            .with_id(self.id)
    }

    /// Whether this is not a subagent of another chat.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.parent_chat_id.is_none()
    }

    /// The versions of this row.
    #[must_use]
    pub const fn versions(&self) -> Versions {
        Versions {
            chat_id: self.id,
            snapshot_version: self.snapshot_version,
            history_version: self.history_version,
            queue_version: self.queue_version,
            retry_state_version: self.retry_state_version,
            generation_attempt: self.generation_attempt,
            status: self.status,
            archived: self.archived,
            worker_id: self.worker_id,
            runner_id: self.runner_id,
        }
    }
}

impl Versions {
    /// The event that tells these versions to whoever follows the chat.
    #[must_use]
    pub fn event(&self) -> muster_bus::Event {
        muster_bus::Event::ChatUpdate(muster_bus::ChatUpdate {
            chat_id: self.chat_id,
            snapshot_version: self.snapshot_version,
            history_version: self.history_version,
            queue_version: self.queue_version,
            retry_state_version: self.retry_state_version,
            generation_attempt: self.generation_attempt,
            status: self.status.as_str().to_owned(),
            archived: self.archived,
            worker_id: self.worker_id,
            runner_id: self.runner_id,
        })
    }
}

/// A chat.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(tx: &mut Tx<'_>, id: ChatId) -> Result<Chat, Error> {
    let row = tx.query_one(query!("chats/get_by_id"), &params![id]).await;
    chat_from_row(&row.map_err(no_chat)?)
}

/// A chat that the actor may read.
///
/// # Errors
/// [`Error::NotFound`] or a hidden refusal, which answer alike.
pub async fn get_readable(tx: &mut Tx<'_>, actor: &Actor, id: ChatId) -> Result<Chat, Error> {
    get_for(tx, actor, Action::Read, id).await
}

/// A chat, if the actor may do this to it.
///
/// # Errors
/// [`Error::NotFound`] or a refusal, which is hidden from whoever may not read the chat.
pub async fn get_for(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: Action,
    id: ChatId,
) -> Result<Chat, Error> {
    let chat = get(tx, id).await?;
    chat_acl::check(tx, actor, action, &chat).await?;
    Ok(chat)
}

/// The chat that a tool call has already made.
///
/// # Errors
/// When the statement fails.
pub async fn get_by_effect(tx: &mut Tx<'_>, effect: EffectId) -> Result<Option<Chat>, Error> {
    let row = tx
        .query_opt(query!("chats/get_by_effect"), &params![effect])
        .await?;
    row.as_ref().map(chat_from_row).transpose()
}

/// The versions of several chats in one statement; missing ones are left out.
///
/// # Errors
/// When the statement fails.
pub async fn list_versions(tx: &mut Tx<'_>, ids: &[ChatId]) -> Result<Vec<Versions>, Error> {
    let rows = tx
        .query(
            query!("chats/list_versions"),
            &params![Value::ids(ids.iter().copied())],
        )
        .await?;
    rows.iter().map(versions_from_row).collect()
}

/// Moves the owner's read cursor forward. No version moves: it is nobody else's news.
///
/// # Errors
/// When the statement fails.
pub async fn update_last_read(
    tx: &mut Tx<'_>,
    id: ChatId,
    message: MessageId,
) -> Result<(), Error> {
    tx.execute(query!("chats/update_last_read"), &params![id, message])
        .await
        .map(drop)
}

/// How many subagents of a chat are not archived.
///
/// # Errors
/// When the statement fails.
pub async fn count_children(tx: &mut Tx<'_>, parent: ChatId) -> Result<i64, Error> {
    tx.query_one(query!("chats/count_children"), &params![parent])
        .await?
        .get("chats")
}

/// How many chats that are not archived have each status.
///
/// # Errors
/// When the statement fails.
pub async fn count_by_status(tx: &mut Tx<'_>) -> Result<Vec<(ChatStatus, i64)>, Error> {
    let rows = tx
        .query(query!("chats/count_by_status"), &params![])
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("status")?, row.get("chats")?)))
        .collect()
}

fn no_chat(error: Error) -> Error {
    if let Error::NotFound { what: _ } = error {
        Error::NotFound { what: "chat" }
    } else {
        error
    }
}

impl Store {
    /// A chat that the actor may read.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_chat(&self, actor: &Actor, id: ChatId) -> Result<Chat, Error> {
        self.get_chat_for(actor, Action::Read, id).await
    }

    /// A chat, if the actor may do this to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a refusal, which is hidden from whoever may not read the chat.
    pub async fn get_chat_for(
        &self,
        actor: &Actor,
        action: Action,
        id: ChatId,
    ) -> Result<Chat, Error> {
        let actor = actor.clone();
        self.read("chat.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move { get_for(tx, &actor, action, id).await })
        })
        .await
    }

    /// A chat that the actor may read, with its unread mark and its children.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_chat_item(&self, actor: &Actor, id: ChatId) -> Result<ChatListItem, Error> {
        let actor = actor.clone();
        self.read("chat.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let row = tx.query_one(query!("chats/get_by_id"), &params![id]).await;
                let mut item = ChatListItem::from_row(&row.map_err(no_chat)?)?;
                chat_acl::check(tx, &actor, Action::Read, &item.chat).await?;
                if item.chat.is_root() {
                    item.children = list_children(tx, &[id]).await?;
                }
                Ok(item)
            })
        })
        .await
    }

    /// One page of the actor's own root chats with their children.
    ///
    /// # Errors
    /// When the statement fails; somebody without an account has no list.
    pub async fn list_chats(
        &self,
        actor: &Actor,
        filter: ListChats,
    ) -> Result<Vec<ChatListItem>, Error> {
        let actor = actor.clone();
        let filter = Arc::new(filter);
        self.read("chat.list", move |tx| {
            let (actor, filter) = (actor.clone(), Arc::clone(&filter));
            Box::pin(async move { list::list_own(tx, &actor, &filter).await })
        })
        .await
    }

    /// One page of the roots that others share with the actor, with their children and owners.
    ///
    /// # Errors
    /// When the statement fails; somebody without an account has no list.
    pub async fn list_shared_chats(
        &self,
        actor: &Actor,
        filter: ListChats,
    ) -> Result<SharedChats, Error> {
        let actor = actor.clone();
        let filter = Arc::new(filter);
        self.read("chat.list_shared", move |tx| {
            let (actor, filter) = (actor.clone(), Arc::clone(&filter));
            Box::pin(async move { list::list_shared(tx, &actor, &filter).await })
        })
        .await
    }

    /// The newest readable chat of each workspace, subagents and archived ones left aside.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn list_chats_by_workspace(
        &self,
        actor: &Actor,
        workspaces: Vec<WorkspaceId>,
    ) -> Result<BTreeMap<WorkspaceId, ChatId>, Error> {
        let shared = Arc::new((actor.clone(), workspaces));
        self.read("chat.by_workspace", move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move { list::list_by_workspace(tx, &shared.0, &shared.1).await })
        })
        .await
    }

    /// The versions of several chats, for those who poll.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn list_chat_versions(&self, ids: Vec<ChatId>) -> Result<Vec<Versions>, Error> {
        let ids = Arc::new(ids);
        self.read("chat.versions", move |tx| {
            let ids = Arc::clone(&ids);
            Box::pin(async move { list_versions(tx, &ids).await })
        })
        .await
    }

    /// Moves the read cursor of the chat's owner; other readers leave no trace.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn mark_chat_read(
        &self,
        actor: &Actor,
        id: ChatId,
        message: MessageId,
    ) -> Result<(), Error> {
        let actor = actor.clone();
        self.write("chat.read_cursor", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let chat = get_readable(tx, &actor, id).await?;
                if actor.user_id() == Some(chat.owner_id) {
                    update_last_read(tx, id, message).await?;
                }
                Ok(())
            })
        })
        .await
    }
}
