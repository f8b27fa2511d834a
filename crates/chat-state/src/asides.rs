//! What models were asked beside a conversation, and what asking them cost.
//!
//! None of it is execution state: no transition runs, the history stays at its version, and
//! a task that runs meanwhile goes on.

use muster_base::ChatId;
use muster_rbac::Actor;
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{Role, Visibility};
use muster_store::chats::Chat;

use crate::transitions::{Charge, charged};
use crate::{Bundle, Error, Machine};

/// What came of asking models something beside the conversation.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    pub title: Option<FoundTitle>,
    pub turn_summary: Option<TurnSummary>,
    /// One for each model that was asked and has told its usage, whatever it answered.
    pub charges: Vec<Charge>,
}

/// A title that a model found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTitle {
    pub title: String,
    /// The title that it was to replace. Where another stands by now, that one stays: somebody
    /// has named the chat meanwhile.
    pub instead_of: String,
}

/// What a turn came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnSummary {
    pub text: String,
    /// The history that the turn ended with. Where the conversation has gone on, nobody needs
    /// to be told any more how it stood.
    pub history_version: i64,
}

impl Machine {
    /// Writes what came of an aside, and gives the chat as it is then.
    ///
    /// A charge is a deleted row that only models could see: sums over what a person spent
    /// find it, and nothing else does. Neither the list order nor the chat's model moves for it.
    ///
    /// # Errors
    /// As [`Machine::update`].
    pub async fn aside(&self, actor: &Actor, chat: ChatId, aside: Aside) -> Result<Chat, Error> {
        let updated = self
            .update(actor, "chat.aside", chat, move |bundle| {
                let aside = aside.clone();
                Box::pin(async move { aside.apply(bundle).await })
            })
            .await?;
        Ok(updated.chat)
    }
}

impl Aside {
    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        let Self {
            title,
            turn_summary,
            charges,
        } = self;
        if let Some(found) = title
            && bundle.chat().title == found.instead_of
        {
            bundle.set_title(found.title);
        }
        if let Some(summary) = turn_summary
            && bundle.chat().history_version == summary.history_version
        {
            bundle.set_turn_summary(summary.text);
        }
        let rows: Vec<NewMessage> = charges.into_iter().map(row).collect();
        bundle.insert_hidden(&rows).await
    }
}

fn row(charge: Charge) -> NewMessage {
    let mut row = NewMessage {
        visibility: Visibility::Model,
        deleted: true,
        ..NewMessage::new(Role::Assistant, "[]")
    };
    charged(&mut row, charge);
    row
}
