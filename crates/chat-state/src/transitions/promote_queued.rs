//! `PromoteQueued`: a waiting message goes first, at once where nothing runs.

use muster_base::QueueId;
use muster_store::chat_messages::Message;
use muster_store::chat_queue::QueuedMessage;
use muster_store::chats::ChatStatus;

use crate::machine::Command;
use crate::synthetics::{CancelReason, CancelledCall};
use crate::{Bundle, Error, Transition};

/// Prefers one message of the queue.
#[derive(Clone, Copy, Debug)]
pub struct PromoteQueued {
    pub id: QueueId,
}

/// Where the message is now. Exactly one of `message` and `queued` is set.
#[derive(Clone, Debug, Default)]
pub struct Promoted {
    /// It stands in the history.
    pub message: Option<Message>,
    /// It is the head of the queue, and the run is being stopped.
    pub queued: Option<QueuedMessage>,
    pub cancelled_calls: Vec<CancelledCall>,
}

impl Command for PromoteQueued {
    type Outcome = Promoted;
    const OP: &'static str = "chat.promote_queued";

    fn transition(&self) -> Transition {
        Transition::PromoteQueued
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Promoted, Error> {
        match bundle.chat().status {
            ChatStatus::Running | ChatStatus::Interrupting => {
                let queued = bundle.move_to_head(self.id).await?;
                bundle.set_status(ChatStatus::Interrupting);
                Ok(Promoted {
                    queued: Some(queued),
                    ..Promoted::default()
                })
            }
            ChatStatus::Waiting | ChatStatus::Error | ChatStatus::RequiresAction => {
                let item = bundle.dequeue(self.id).await?;
                bundle.set_status(ChatStatus::Running);
                let said = bundle.say(item, CancelReason::NewMessage).await?;
                Ok(Promoted {
                    message: Some(said.message),
                    cancelled_calls: said.cancelled_calls,
                    ..Promoted::default()
                })
            }
        }
    }
}
