//! `CompleteRequiresAction`: the client answers all pending calls.

use muster_store::chat_messages::Message;
use muster_store::chats::ChatStatus;

use super::StepResult;
use super::commit_step::Rest;
use crate::machine::Command;
use crate::{Bundle, Error, Transition};

/// The client's answers, one for each pending call.
#[derive(Clone, Debug)]
pub struct CompleteRequiresAction {
    pub results: Vec<StepResult>,
}

impl Command for CompleteRequiresAction {
    type Outcome = Vec<Message>;
    const OP: &'static str = "chat.complete_requires_action";

    fn transition(&self) -> Transition {
        Transition::CompleteRequiresAction
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Vec<Message>, Error> {
        let transition = self.transition();
        let messages = bundle
            .commit_results(transition, self.results, Rest::None)
            .await?;
        bundle.set_status(ChatStatus::Running);
        Ok(messages)
    }
}
