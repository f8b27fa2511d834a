//! Who is finding a title for a chat: one at a time, and nobody for longer than a lease.
//!
//! A lease is not the chat's ownership: it neither keeps the chat from running nor shows.

use muster_base::limits::TITLE_LEASE;
use muster_base::{ChatId, LeaseId};
use muster_rbac::{Action, Actor, authorize};

use crate::chats::{self, Chat};
use crate::{Error, Store, Tx, params};

/// Takes the lease; says whether nobody else holds it.
///
/// # Errors
/// `Reference` for a chat that is gone, or a failing database.
pub async fn acquire(tx: &mut Tx<'_>, chat: ChatId, holder: LeaseId) -> Result<bool, Error> {
    let now = tx.now();
    let values = params![chat, holder, now + TITLE_LEASE, now];
    let statement = query!("chat_title_leases/acquire_lease");
    Ok(tx.execute(statement, &values).await? == 1)
}

/// Gives the lease back, where it is still the holder's.
///
/// # Errors
/// A failing database.
pub async fn release(tx: &mut Tx<'_>, chat: ChatId, holder: LeaseId) -> Result<(), Error> {
    let statement = query!("chat_title_leases/delete_by_holder");
    tx.execute(statement, &params![chat, holder])
        .await
        .map(drop)
}

impl Store {
    /// The chat, if the actor may find a title for it now; `None` while somebody else does.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn acquire_title_lease(
        &self,
        actor: &Actor,
        chat: ChatId,
        holder: LeaseId,
    ) -> Result<Option<Chat>, Error> {
        let actor = actor.clone();
        self.write("chat.acquire_title_lease", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let chat = chats::get_readable(tx, &actor, chat).await?;
                authorize(&actor, Action::Update, &chat.object())?;
                let is_mine = acquire(tx, chat.id, holder).await?;
                Ok(is_mine.then_some(chat))
            })
        })
        .await
    }

    /// Gives a lease back. Whose it is not changes nothing.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn release_title_lease(
        &self,
        actor: &Actor,
        chat: ChatId,
        holder: LeaseId,
    ) -> Result<(), Error> {
        let actor = actor.clone();
        self.write("chat.release_title_lease", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let chat = chats::get_readable(tx, &actor, chat).await?;
                authorize(&actor, Action::Update, &chat.object())?;
                release(tx, chat.id, holder).await
            })
        })
        .await
    }
}
