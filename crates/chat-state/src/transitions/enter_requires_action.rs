//! `EnterRequiresAction`: the open calls are a client's to answer, within a deadline.

use muster_base::{Micros, limits};
use muster_store::chats::ChatStatus;

use crate::machine::Command;
use crate::{Bundle, Error, Fence, Reason, Transition};

/// Waits for a client.
#[derive(Clone, Copy, Debug)]
pub struct EnterRequiresAction {
    pub fence: Fence,
}

impl Command for EnterRequiresAction {
    /// The deadline.
    type Outcome = Micros;
    const OP: &'static str = "chat.enter_requires_action";

    fn transition(&self) -> Transition {
        Transition::EnterRequiresAction
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Micros, Error> {
        if bundle.open_calls().await?.is_empty() {
            return Err(bundle.reject(self.transition(), Reason::NoOpenCalls));
        }
        let deadline = bundle.now() + limits::REQUIRES_ACTION_DEADLINE;
        bundle.set_status(ChatStatus::RequiresAction);
        bundle.row().requires_action_deadline_at = Some(deadline);
        Ok(deadline)
    }
}
