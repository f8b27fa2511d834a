//! Whom the owner of a chat lets read it. A family is shared as a whole.

use std::sync::Arc;

use muster_base::limits::CHAT_READERS_MAX;
use muster_base::{ChatId, GroupId, OrganizationId, UserId};
use muster_rbac::{Action, Actor};
use muster_store::chats::{self, Chat};
use muster_store::{Tx, chat_acl, groups, users};

use crate::bundle::Leases;
use crate::{Bundle, Error, Machine};

/// Whether somebody may read, from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Nothing,
}

/// Changes of a chat's list of readers; whoever is not named stays as they are.
#[derive(Clone, Debug, Default)]
pub struct Share {
    pub users: Vec<(UserId, Access)>,
    pub groups: Vec<(GroupId, Access)>,
}

/// A list of readers can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// A subagent's chat is shared with the chat above it.
    #[error("not a root")]
    NotARoot,
    /// Nobody in the chat's organization, or its owner.
    #[error("no such person")]
    NoSuchUser(UserId),
    /// No group of the chat's organization.
    #[error("no such group")]
    NoSuchGroup(GroupId),
    /// The list has as many entries as it may have.
    #[error("too many readers")]
    TooMany,
    /// The machine or the store refused or failed.
    #[error(transparent)]
    Machine(#[from] Error),
}

impl From<muster_store::Error> for ShareError {
    fn from(error: muster_store::Error) -> Self {
        Self::Machine(error.into())
    }
}

impl Machine {
    /// Changes who may read a chat, in one transaction. Everybody who follows the chat or one
    /// of its subagents is told, so that the streams of those who may no longer read it end.
    ///
    /// # Errors
    /// What [`ShareError`] says; nothing is written then.
    pub async fn share(
        &self,
        actor: &Actor,
        chat: ChatId,
        change: Share,
    ) -> Result<(), ShareError> {
        let shared = Arc::new((change, actor.clone(), self.leases));
        self.store
            .write("chat.share", move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let (change, actor, leases) = &*shared;
                    change.apply(tx, actor, *leases, chat).await
                })
            })
            .await
    }
}

impl Share {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        leases: Leases,
        id: ChatId,
    ) -> Result<(), ShareError> {
        let chat = chats::get_for(tx, actor, Action::Share, id).await?;
        if !chat.is_root() {
            return Err(ShareError::NotARoot);
        }
        // The lock makes the count right, and keeps subagents from being born unshared.
        let mut top = Bundle::open(tx, actor, leases, id).await?;
        self.write(top.tx(), &chat).await?;
        let readers = chat_acl::count(top.tx(), id).await?;
        if readers > CHAT_READERS_MAX {
            return Err(ShareError::TooMany);
        }
        top.set_shared(readers > 0);
        top.close().await?;
        for member in chats::door::list_family(tx, id).await? {
            if member != id {
                let mut below = Bundle::open(tx, actor, leases, member).await?;
                below.set_shared(readers > 0);
                below.close().await?;
            }
        }
        Ok(())
    }

    async fn write(&self, tx: &mut Tx<'_>, chat: &Chat) -> Result<(), ShareError> {
        for (user, access) in &self.users {
            match access {
                Access::Read => {
                    check_user(tx, chat, *user).await?;
                    chat_acl::add_user(tx, chat.id, *user).await?;
                }
                Access::Nothing => chat_acl::remove_user(tx, chat.id, *user).await?,
            }
        }
        for (group, access) in &self.groups {
            match access {
                Access::Read => {
                    check_group(tx, chat.organization_id, *group).await?;
                    chat_acl::add_group(tx, chat.id, *group).await?;
                }
                Access::Nothing => chat_acl::remove_group(tx, chat.id, *group).await?,
            }
        }
        Ok(())
    }
}

/// Whoever is in the organization is in its group of everybody.
async fn check_user(tx: &mut Tx<'_>, chat: &Chat, user: UserId) -> Result<(), ShareError> {
    let everyone = GroupId(chat.organization_id.0);
    let is_known = user != chat.owner_id
        && groups::is_member(tx, everyone, user).await?
        && !users::get(tx, user).await?.deleted;
    match is_known {
        true => Ok(()),
        false => Err(ShareError::NoSuchUser(user)),
    }
}

async fn check_group(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    id: GroupId,
) -> Result<(), ShareError> {
    match groups::get(tx, id).await {
        Ok(group) if group.organization_id == organization => Ok(()),
        Ok(_) | Err(muster_store::Error::NotFound { what: _ }) => Err(ShareError::NoSuchGroup(id)),
        Err(error) => Err(error.into()),
    }
}
