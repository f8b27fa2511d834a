//! `EnterRequiresAction`: the open calls are a client's to answer, within a deadline.

use muster_base::{Micros, limits};
use muster_store::chat_messages::Message;
use muster_store::chats::ChatStatus;

use super::StepResult;
use super::commit_step::Rest;
use crate::machine::Command;
use crate::{Bundle, Error, Fence, Reason, Transition};

/// Waits for a client.
#[derive(Clone, Debug)]
pub struct EnterRequiresAction {
    pub fence: Fence,
    /// Answers to the calls of the same step that were run here. They stand in the same bundle,
    /// so that a chat that waits has no open call but the client's.
    pub answered: Vec<StepResult>,
}

/// What the client has to do with.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The answers that were given here.
    pub messages: Vec<Message>,
    pub deadline: Micros,
}

impl Command for EnterRequiresAction {
    type Outcome = Entered;
    const OP: &'static str = "chat.enter_requires_action";

    fn transition(&self) -> Transition {
        Transition::EnterRequiresAction
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Entered, Error> {
        let transition = self.transition();
        let messages = match self.answered.is_empty() {
            true => Vec::new(),
            false => {
                let answered = self.answered;
                bundle
                    .commit_results(transition, answered, Rest::StaysOpen)
                    .await?
            }
        };
        if bundle.open_calls().await?.is_empty() {
            return Err(bundle.reject(transition, Reason::NoOpenCalls));
        }
        let deadline = bundle.now() + limits::REQUIRES_ACTION_DEADLINE;
        bundle.set_status(ChatStatus::RequiresAction);
        bundle.row().requires_action_deadline_at = Some(deadline);
        Ok(Entered { messages, deadline })
    }
}
