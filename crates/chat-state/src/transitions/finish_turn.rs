//! `FinishTurn`: the model has nothing left to do; the next message goes in, if one waits.

use muster_store::chat_messages::Message;
use muster_store::chats::ChatStatus;

use crate::machine::Command;
use crate::synthetics::CancelReason;
use crate::{Bundle, Error, Fence, Reason, Transition};

/// Ends a turn. Stands in the same bundle as the step that ended it.
#[derive(Clone, Copy, Debug)]
pub struct FinishTurn {
    pub fence: Fence,
}

/// What happened behind the turn.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The head of the queue, with which the next turn begins.
    pub promoted: Option<Message>,
}

impl Command for FinishTurn {
    type Outcome = Finished;
    const OP: &'static str = "chat.finish_turn";

    fn transition(&self) -> Transition {
        Transition::FinishTurn
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Finished, Error> {
        if !bundle.open_calls().await?.is_empty() {
            return Err(bundle.reject(self.transition(), Reason::UnansweredCalls));
        }
        let promoted = bundle.go_on_or_wait().await?;
        Ok(Finished { promoted })
    }
}

impl Bundle<'_, '_> {
    /// The end of a run: the head of the queue begins the next one, or the chat waits.
    pub(super) async fn go_on_or_wait(&mut self) -> Result<Option<Message>, Error> {
        let said = self.say_head(CancelReason::NewMessage).await?;
        let promoted = said.map(|said| said.message);
        self.set_status(match promoted {
            Some(_) => ChatStatus::Running,
            None => ChatStatus::Waiting,
        });
        Ok(promoted)
    }
}
