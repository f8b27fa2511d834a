//! `FinishInterruption`: what was said so far is saved first, then the next message goes in.

use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{Message, Role};

use crate::content::Content;
use crate::machine::Command;
use crate::synthetics::{CancelReason, CancelledCall, cancelled_call, open_among, synthetic};
use crate::{Bundle, Error, Fence, Transition};

/// Ends an interrupted run. One bundle, so that late output never follows the next message.
#[derive(Clone, Debug)]
pub struct FinishInterruption {
    pub fence: Fence,
    /// Text, thoughts and half-built calls of the attempt that was stopped.
    pub partial: Option<Content>,
}

/// What is left of the run.
#[derive(Clone, Debug)]
pub struct Interrupted {
    /// The saved partial answer.
    pub partial: Option<Message>,
    /// The head of the queue, with which the next turn begins.
    pub promoted: Option<Message>,
    pub cancelled_calls: Vec<CancelledCall>,
}

impl Command for FinishInterruption {
    type Outcome = Interrupted;
    const OP: &'static str = "chat.finish_interruption";

    fn transition(&self) -> Transition {
        Transition::FinishInterruption
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Interrupted, Error> {
        let (answers, mut cancelled_calls) =
            bundle.answer_open_calls(CancelReason::Interrupted).await?;
        bundle.insert(answers).await?;
        // What was asked for is what was stopped.
        bundle.row().compaction_requested_at = None;
        let partial = match self.partial {
            Some(content) => Some(save(bundle, content, &mut cancelled_calls).await?),
            None => None,
        };
        let promoted = bundle.go_on_or_wait().await?;
        Ok(Interrupted {
            partial: partial.flatten(),
            promoted,
            cancelled_calls,
        })
    }
}

/// Saves a partial answer. Its calls have no effects: none was ever committed to.
async fn save(
    bundle: &mut Bundle<'_, '_>,
    content: Content,
    cancelled: &mut Vec<CancelledCall>,
) -> Result<Option<Message>, Error> {
    // Ids do not matter to the answers, only to rows that exist already.
    let open = open_among(muster_base::MessageId(0), content.heads());
    let row = bundle.chat();
    let mut messages = vec![NewMessage {
        model_config_id: Some(row.last_model_config_id),
        reasoning_effort: row.last_reasoning_effort.clone(),
        ..NewMessage::new(Role::Assistant, content.into_text())
    }];
    for call in open {
        messages.push(synthetic(&call, CancelReason::Interrupted, false)?);
        cancelled.push(cancelled_call(call, None));
    }
    let inserted = bundle.insert(messages).await?;
    Ok(inserted.into_iter().next())
}
