//! Create: N → R0.

use muster_base::limits::SUBAGENTS_MAX;
use muster_bus::{Event, OwnerEventKind};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{self, Role, Visibility};
use muster_store::chats::door::NewChat;
use muster_store::chats::{self, Chat};
use muster_store::{Tx, chat_queue};

use super::UserMessage;
use super::user_message::attach;
use crate::content::Content;
use crate::{Error, Reason, State, Transition, classify};

/// A chat with its first messages, ready to run.
#[derive(Clone, Debug)]
pub struct Create {
    pub chat: NewChat,
    /// Prompts that stand before everything else.
    pub system: Vec<Content>,
    /// Context files that a subagent takes over, as messages before the first one.
    pub context: Vec<Content>,
    pub message: UserMessage,
}

/// The chat, and whether it is new.
#[derive(Clone, Debug)]
pub struct Created {
    pub chat: Chat,
    /// False when the same tool call had already created it.
    pub created: bool,
}

impl Create {
    pub(crate) async fn apply(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Created, Error> {
        let object = Object::of(ResourceKind::Chat)
            .owned_by(self.chat.owner_id)
            .in_organization(self.chat.organization_id);
        authorize(actor, Action::Create, &object)?;
        // Locked before it is looked whether the call has been made: the server that made it may
        // be dead, and its commit still under way.
        let parent = self.lock_parent(tx).await?;
        if let Some(effect) = self.chat.effect_id
            && let Some(chat) = chats::get_by_effect(tx, effect).await?
        {
            return Ok(Created {
                chat,
                created: false,
            });
        }
        self.refuse_existing(tx).await?;
        if let Some(parent) = parent {
            check_parent(tx, &parent).await?;
        }
        chats::door::insert(tx, &self.chat).await?;
        let chat = chats::get(tx, self.chat.id).await?;
        let message = &self.message;
        attach(tx, chat.id, message.created_by, &message.content).await?;
        chat_messages::door::insert(tx, &chat, &self.messages()).await?;
        tx.notify(chat.versions().event());
        tx.notify(Event::ChatOwner {
            user_id: chat.owner_id,
            chat_id: chat.id,
            kind: OwnerEventKind::Created,
        });
        tx.notify(Event::ChatOwnership {
            chat_id: chat.id,
            snapshot_version: chat.snapshot_version,
        });
        Ok(Created {
            chat,
            created: true,
        })
    }

    /// Ids are made by the caller, so a repeated request meets its own chat.
    async fn refuse_existing(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let chat = match chats::get(tx, self.chat.id).await {
            Ok(chat) => chat,
            Err(muster_store::Error::NotFound { what: _ }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let queue = chat_queue::list(tx, chat.id).await?;
        Err(rejected(
            classify(chat.status, chat.archived, queue.len()),
            Reason::NotInThisState,
        ))
    }

    /// Whoever else creates a child there waits until this one is committed.
    async fn lock_parent(&self, tx: &mut Tx<'_>) -> Result<Option<Chat>, Error> {
        let Some((parent, _root)) = self.chat.parent else {
            return Ok(None);
        };
        Ok(Some(chats::door::lock(tx, parent).await?.chat))
    }

    fn messages(&self) -> Vec<NewMessage> {
        // Instructions are for the model; nobody's history or stream shows them.
        let system = self.system.iter().map(|content| NewMessage {
            visibility: Visibility::Model,
            ..NewMessage::new(Role::System, content.as_str())
        });
        let context = self.context.iter().map(|content| NewMessage {
            created_by: Some(self.message.created_by),
            ..NewMessage::new(Role::User, content.as_str())
        });
        let model_config = self.message.model_config_id;
        let effort = &self.message.reasoning_effort;
        let user = NewMessage {
            created_by: Some(self.message.created_by),
            model_config_id: Some(model_config.unwrap_or(self.chat.model_config_id)),
            reasoning_effort: effort
                .clone()
                .or_else(|| self.chat.reasoning_effort.clone()),
            effect_id: self.message.effect_id,
            ..NewMessage::new(Role::User, self.message.content.as_str())
        };
        system.chain(context).chain([user]).collect()
    }
}

/// A child must not appear below a chat that is being archived, nor below a child. The lock on
/// the parent makes the count right.
async fn check_parent(tx: &mut Tx<'_>, parent: &Chat) -> Result<(), Error> {
    if parent.archived {
        return Err(rejected(State::None, Reason::ParentArchived));
    }
    if !parent.is_root() {
        return Err(rejected(State::None, Reason::TooDeep));
    }
    let siblings = chats::count_children(tx, parent.id).await?;
    if usize::try_from(siblings).is_ok_and(|count| count >= SUBAGENTS_MAX) {
        return Err(rejected(State::None, Reason::TooManySubagents));
    }
    Ok(())
}

const fn rejected(from: State, reason: Reason) -> Error {
    Error::Rejected {
        transition: Transition::Create,
        from,
        reason,
    }
}
