//! `CancelRequiresAction`: the deadline passed, the run goes on without the client's answers.

use muster_store::chats::ChatStatus;

use crate::machine::Command;
use crate::synthetics::{CancelReason, CancelledCall};
use crate::{Bundle, Error, Fence, Transition};

/// Nobody answered in time.
#[derive(Clone, Copy, Debug)]
pub struct CancelRequiresAction {
    pub fence: Fence,
}

impl Command for CancelRequiresAction {
    type Outcome = Vec<CancelledCall>;
    const OP: &'static str = "chat.cancel_requires_action";

    fn transition(&self) -> Transition {
        Transition::CancelRequiresAction
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Vec<CancelledCall>, Error> {
        bundle.leave_requires_action(CancelReason::Deadline).await
    }
}

impl Bundle<'_, '_> {
    /// Goes on with the pending calls answered by the machine.
    pub(super) async fn leave_requires_action(
        &mut self,
        why: CancelReason,
    ) -> Result<Vec<CancelledCall>, Error> {
        let (answers, cancelled) = self.answer_open_calls(why).await?;
        self.insert(answers).await?;
        self.set_status(ChatStatus::Running);
        Ok(cancelled)
    }
}
