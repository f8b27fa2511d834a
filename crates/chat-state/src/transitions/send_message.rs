//! `SendMessage`: at once where nothing runs, else into the queue, and perhaps stopping the run.

use muster_base::limits::QUEUE_MAX;
use muster_store::chat_messages::{self, Message};
use muster_store::chat_queue::{self, QueuedMessage};
use muster_store::chats::ChatStatus;

use super::UserMessage;
use crate::machine::Command;
use crate::synthetics::{CancelReason, CancelledCall};
use crate::{Bundle, Error, Transition};

/// What to do when a turn runs already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BusyBehavior {
    /// Wait behind it.
    #[default]
    Queue,
    /// Stop it first.
    Interrupt,
}

/// A message of a user.
#[derive(Clone, Debug)]
pub struct SendMessage {
    pub message: UserMessage,
    pub busy: BusyBehavior,
}

/// Where the message went. Exactly one of `message` and `queued` is set.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// It stands in the history.
    pub message: Option<Message>,
    /// It waits.
    pub queued: Option<QueuedMessage>,
    /// An earlier one that went from the queue into the history.
    pub promoted: Option<Message>,
    pub cancelled_calls: Vec<CancelledCall>,
}

impl Command for SendMessage {
    type Outcome = Sent;
    const OP: &'static str = "chat.send";

    fn transition(&self) -> Transition {
        match self.busy {
            BusyBehavior::Queue => Transition::SendQueue,
            BusyBehavior::Interrupt => Transition::SendInterrupt,
        }
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Sent, Error> {
        let queue_is_empty = bundle.queue().await?.is_empty();
        let item = self.message.into_item(bundle).await?;
        match bundle.chat().status {
            ChatStatus::Waiting => say_now(bundle, item).await,
            ChatStatus::Error if queue_is_empty => say_now(bundle, item).await,
            ChatStatus::Error => {
                // Those who waited before go first.
                let queued = enqueue(bundle, item).await?;
                bundle.set_status(ChatStatus::Running);
                let promoted = bundle.say_head(CancelReason::NewMessage).await?;
                let (promoted, cancelled_calls) = promoted
                    .map(|said| (said.message, said.cancelled_calls))
                    .unzip();
                Ok(Sent {
                    queued: Some(queued),
                    promoted,
                    cancelled_calls: cancelled_calls.unwrap_or_default(),
                    ..Sent::default()
                })
            }
            ChatStatus::Running | ChatStatus::Interrupting | ChatStatus::RequiresAction => {
                let queued = enqueue(bundle, item).await?;
                let cancelled_calls = match self.busy {
                    BusyBehavior::Queue => Vec::new(),
                    BusyBehavior::Interrupt => stop(bundle).await?,
                };
                Ok(Sent {
                    queued: Some(queued),
                    cancelled_calls,
                    ..Sent::default()
                })
            }
        }
    }
}

impl SendMessage {
    /// What an earlier run of the same tool call has already sent.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn find_sent(&self, bundle: &mut Bundle<'_, '_>) -> Result<Option<Sent>, Error> {
        let Some(effect) = self.message.effect_id else {
            return Ok(None);
        };
        let message = chat_messages::get_by_effect(bundle.tx(), effect).await?;
        let queued = match message {
            Some(_) => None,
            None => chat_queue::get_by_effect(bundle.tx(), effect).await?,
        };
        Ok((message.is_some() || queued.is_some()).then(|| Sent {
            message,
            queued,
            ..Sent::default()
        }))
    }
}

async fn say_now(bundle: &mut Bundle<'_, '_>, item: QueuedMessage) -> Result<Sent, Error> {
    bundle.set_status(ChatStatus::Running);
    let said = bundle.say(item, CancelReason::NewMessage).await?;
    Ok(Sent {
        message: Some(said.message),
        cancelled_calls: said.cancelled_calls,
        ..Sent::default()
    })
}

async fn enqueue(bundle: &mut Bundle<'_, '_>, item: QueuedMessage) -> Result<QueuedMessage, Error> {
    if bundle.queue().await?.len() >= QUEUE_MAX {
        return Err(Error::QueueFull);
    }
    bundle.enqueue(item).await
}

/// Stops what runs. A chat that only waits for an action has nothing to stop: it goes on with
/// the calls answered.
async fn stop(bundle: &mut Bundle<'_, '_>) -> Result<Vec<CancelledCall>, Error> {
    if bundle.chat().status != ChatStatus::RequiresAction {
        bundle.set_status(ChatStatus::Interrupting);
        return Ok(Vec::new());
    }
    bundle.leave_requires_action(CancelReason::NewMessage).await
}
