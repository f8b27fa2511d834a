//! `RequestCompaction`: the next task summarises the conversation before anything else.

use muster_store::chat_messages;
use muster_store::chats::ChatStatus;

use crate::machine::Command;
use crate::synthetics::CancelReason;
use crate::{Bundle, Error, Reason, Transition};

/// Asks for one compaction.
#[derive(Clone, Copy, Debug)]
pub struct RequestCompaction;

impl Command for RequestCompaction {
    type Outcome = ();
    const OP: &'static str = "chat.request_compaction";

    fn transition(&self) -> Transition {
        Transition::RequestCompaction
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        let chat = bundle.chat().id;
        if chat_messages::count_compactable(bundle.tx(), chat).await? == 0 {
            return Err(bundle.reject(self.transition(), Reason::NothingToCompact));
        }
        // Calls that a failed run left open must not be run by this one.
        let (answers, _cancelled) = bundle
            .answer_open_calls(CancelReason::ContextCleared)
            .await?;
        bundle.insert(answers).await?;
        let now = bundle.now();
        bundle.row().compaction_requested_at = Some(now);
        bundle.touch_history();
        bundle.set_status(ChatStatus::Running);
        Ok(())
    }
}
