//! The list of a person's chats.

use std::collections::BTreeMap;

use muster_base::{ChatId, UserId, WorkspaceId};
use muster_rbac::{Action, Actor, ResourceKind, Visible, visible};

use super::{Chat, chat_from_row};
use crate::users::{self, User};
use crate::{Error, Row, Statement, Tx, Value, params};

/// What a list of chats is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListChats {
    pub archived: bool,
    /// Words that the title must contain.
    pub title: Option<String>,
    /// As clients name it: one that no chat has finds nothing.
    pub status: Option<String>,
    /// Labels that it must carry, all of them.
    pub labels: BTreeMap<String, String>,
    /// Continue behind this chat.
    pub after_id: Option<ChatId>,
    pub limit: i64,
    pub offset: i64,
}

/// Chats of others, with whose they are.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedChats {
    pub items: Vec<ChatListItem>,
    /// The owners of those, in no order. Their names are for their readers, the rest is not.
    pub owners: Vec<User>,
}

/// A chat as its owner's list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatListItem {
    /// A list comes without system prompts and tools: they are large, and no list shows them.
    pub chat: Chat,
    /// An assistant message stands above the read cursor.
    pub has_unread: bool,
    /// The subagents of a root, the oldest first.
    pub children: Vec<Self>,
}

impl ChatListItem {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            chat: chat_from_row(row)?,
            has_unread: row.get("has_unread")?,
            children: Vec::new(),
        })
    }
}

/// One page of a person's own roots, without their children.
///
/// # Errors
/// When the statement fails.
pub async fn list_roots(
    tx: &mut Tx<'_>,
    owner: UserId,
    filter: &ListChats,
) -> Result<Vec<ChatListItem>, Error> {
    list(tx, query!("chats/list_roots"), owner, filter).await
}

/// One page of the roots that others share with somebody, without their children.
async fn list_readable(
    tx: &mut Tx<'_>,
    reader: UserId,
    filter: &ListChats,
) -> Result<Vec<ChatListItem>, Error> {
    list(tx, query!("chats/list_shared"), reader, filter).await
}

async fn list(
    tx: &mut Tx<'_>,
    statement: &'static Statement,
    person: UserId,
    filter: &ListChats,
) -> Result<Vec<ChatListItem>, Error> {
    let pattern = filter
        .title
        .as_deref()
        .map(like_pattern)
        .unwrap_or_default();
    let labels = i64::try_from(filter.labels.len()).unwrap_or(i64::MAX);
    let rows = tx
        .query(
            statement,
            &params![
                person,
                filter.archived,
                pattern,
                filter.after_id,
                filter.limit,
                filter.offset,
                filter.status.clone().unwrap_or_default(),
                Value::json(&filter.labels)?,
                labels
            ],
        )
        .await?;
    rows.iter().map(ChatListItem::from_row).collect()
}

/// The subagents of several roots, the oldest first.
///
/// # Errors
/// When the statement fails.
pub async fn list_children(tx: &mut Tx<'_>, roots: &[ChatId]) -> Result<Vec<ChatListItem>, Error> {
    let rows = tx
        .query(
            query!("chats/list_children"),
            &params![Value::ids(roots.iter().copied())],
        )
        .await?;
    rows.iter().map(ChatListItem::from_row).collect()
}

pub(super) async fn list_own(
    tx: &mut Tx<'_>,
    actor: &Actor,
    filter: &ListChats,
) -> Result<Vec<ChatListItem>, Error> {
    let readable = visible(actor, Action::Read, ResourceKind::Chat);
    let Some(owner) = actor.user_id().filter(|_| readable != Visible::Nothing) else {
        return Ok(Vec::new());
    };
    let mut items = list_roots(tx, owner, filter).await?;
    add_children(tx, &mut items).await?;
    Ok(items)
}

pub(super) async fn list_shared(
    tx: &mut Tx<'_>,
    actor: &Actor,
    filter: &ListChats,
) -> Result<SharedChats, Error> {
    // What others share is read by their list of readers, within the scopes of one's key.
    let readable = visible(actor, Action::Read, ResourceKind::Chat);
    let Some(reader) = actor.user_id().filter(|_| readable != Visible::Nothing) else {
        return Ok(SharedChats {
            items: Vec::new(),
            owners: Vec::new(),
        });
    };
    let mut items = list_readable(tx, reader, filter).await?;
    add_children(tx, &mut items).await?;
    // What its owner has read is nobody else's business.
    for child in items.iter_mut().flat_map(|item| &mut item.children) {
        child.has_unread = false;
    }
    let owners = items.iter().map(|item| item.chat.owner_id);
    let owners = params![Value::ids(owners)];
    let owners = tx.query(query!("users/list_owners"), &owners).await?;
    let owners = owners
        .iter()
        .map(users::from_row)
        .collect::<Result<_, _>>()?;
    Ok(SharedChats { items, owners })
}

async fn add_children(tx: &mut Tx<'_>, items: &mut [ChatListItem]) -> Result<(), Error> {
    if items.is_empty() {
        return Ok(());
    }
    let roots: Vec<ChatId> = items.iter().map(|item| item.chat.id).collect();
    for child in list_children(tx, &roots).await? {
        let root = child.chat.root_chat_id;
        if let Some(item) = items.iter_mut().find(|item| item.chat.id == root) {
            item.children.push(child);
        }
    }
    Ok(())
}

/// The newest chat of each workspace that the actor may read; workspaces without are left out.
pub(super) async fn list_by_workspace(
    tx: &mut Tx<'_>,
    actor: &Actor,
    workspaces: &[WorkspaceId],
) -> Result<BTreeMap<WorkspaceId, ChatId>, Error> {
    let owner = match visible(actor, Action::Read, ResourceKind::Chat) {
        Visible::All => None,
        Visible::Own(owner) => Some(owner),
        Visible::Nothing => return Ok(BTreeMap::new()),
    };
    let rows = tx
        .query(
            query!("chats/list_by_workspace"),
            &params![Value::ids(workspaces.iter().copied()), owner],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("workspace_id")?, row.get("id")?)))
        .collect()
}

/// The form in which titles are compared.
#[must_use]
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// A pattern that finds a text anywhere, whatever characters it holds.
fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in folded(text).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
