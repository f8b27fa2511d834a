//! What a user says: at once, or from the queue.

use muster_base::{ChatId, EffectId, ModelConfigId, QueueId, UserId};
use muster_store::chat_messages::Message;
use muster_store::chat_messages::Role;
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_queue::QueuedMessage;
use muster_store::{Tx, chat_files};
use uuid::Uuid;

use crate::content::Content;
use crate::synthetics::{CancelReason, CancelledCall};
use crate::{Bundle, Error};

/// What a user says. Absent fields fall back to the chat's.
#[derive(Clone, Debug)]
pub struct UserMessage {
    pub content: Content,
    pub created_by: UserId,
    pub model_config_id: Option<ModelConfigId>,
    pub mcp_server_ids: Option<Vec<Uuid>>,
    pub reasoning_effort: Option<String>,
    /// The tool call that says it, so that repeating the call finds it.
    pub effect_id: Option<EffectId>,
}

impl UserMessage {
    /// Words of a user, everything else as the chat has it.
    #[must_use]
    pub const fn new(content: Content, created_by: UserId) -> Self {
        Self {
            content,
            created_by,
            model_config_id: None,
            mcp_server_ids: None,
            reasoning_effort: None,
            effect_id: None,
        }
    }

    pub(super) async fn into_item(
        self,
        bundle: &mut Bundle<'_, '_>,
    ) -> Result<QueuedMessage, Error> {
        let chat = bundle.chat().id;
        attach(bundle.tx(), chat, self.created_by, &self.content).await?;
        let Self {
            content,
            created_by,
            model_config_id,
            mcp_server_ids,
            reasoning_effort,
            effect_id,
        } = self;
        Ok(QueuedMessage {
            // Given by the store.
            id: QueueId(0),
            chat_id: chat,
            position: 0,
            content: content.into_text(),
            created_by,
            model_config_id,
            mcp_server_ids,
            reasoning_effort,
            effect_id,
            created_at: bundle.now(),
        })
    }
}

/// Makes the uploads that a message names those of its chat.
pub(super) async fn attach(
    tx: &mut Tx<'_>,
    chat: ChatId,
    author: UserId,
    content: &Content,
) -> Result<(), Error> {
    if chat_files::attach(tx, chat, author, content.files()).await? {
        return Ok(());
    }
    Err(Error::NoSuchFile)
}

/// A user message that now stands in the history.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) message: Message,
    pub(super) cancelled_calls: Vec<CancelledCall>,
}

impl Bundle<'_, '_> {
    /// Puts a message into the history, behind the answers to every open call.
    ///
    /// The limits of whoever sent it were asked when it was sent, never again here.
    pub(super) async fn say(
        &mut self,
        item: QueuedMessage,
        why: CancelReason,
    ) -> Result<Said, Error> {
        let (mut messages, cancelled_calls) = self.answer_open_calls(why).await?;
        let row = self.row();
        let model_config_id = item.model_config_id.unwrap_or(row.last_model_config_id);
        let effort = item
            .reasoning_effort
            .or_else(|| row.last_reasoning_effort.take());
        row.last_model_config_id = model_config_id;
        row.last_reasoning_effort.clone_from(&effort);
        if let Some(servers) = item.mcp_server_ids {
            row.mcp_server_ids = servers;
        }
        messages.push(NewMessage {
            created_by: Some(item.created_by),
            model_config_id: Some(model_config_id),
            reasoning_effort: effort,
            effect_id: item.effect_id,
            ..NewMessage::new(Role::User, item.content)
        });
        let message = self.insert(messages).await?.pop();
        let message = message.ok_or(Error::NoSuchMessage)?;
        Ok(Said {
            message,
            cancelled_calls,
        })
    }

    /// Puts the head of the queue into the history.
    pub(super) async fn say_head(&mut self, why: CancelReason) -> Result<Option<Said>, Error> {
        let Some(head) = self.queue().await?.first().map(|head| head.id) else {
            return Ok(None);
        };
        let item = self.dequeue(head).await?;
        self.say(item, why).await.map(Some)
    }
}
