//! Both ends of a conversation.

use muster_base::ChatId;
use muster_rbac::Actor;

use super::{Message, list};
use crate::{Error, Store, Tx, chats, params};

/// What people and the agent said first and last, in order: at most `head` and `tail` messages.
///
/// # Errors
/// When the statement fails.
pub async fn list_ends(
    tx: &mut Tx<'_>,
    chat: ChatId,
    head: i64,
    tail: i64,
) -> Result<Vec<Message>, Error> {
    let statement = query!("chat_messages/list_ends");
    list(tx, statement, &params![chat, head, tail]).await
}

impl Store {
    /// What people and the agent said first and last in a chat, in order.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn list_message_ends(
        &self,
        actor: &Actor,
        chat: ChatId,
        head: i64,
        tail: i64,
    ) -> Result<Vec<Message>, Error> {
        let actor = actor.clone();
        self.read("chat.message_ends", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                chats::get_readable(tx, &actor, chat).await?;
                list_ends(tx, chat, head, tail).await
            })
        })
        .await
    }
}
