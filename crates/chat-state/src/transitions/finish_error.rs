//! `FinishError`: the run failed for good. What waits keeps waiting.

use muster_store::chats::LastError;

use crate::machine::Command;
use crate::{Bundle, Error, Fence, Transition};

/// Ends a run with words for the user.
#[derive(Clone, Debug)]
pub struct FinishError {
    pub fence: Fence,
    pub error: LastError,
}

impl Command for FinishError {
    type Outcome = ();
    const OP: &'static str = "chat.finish_error";

    fn transition(&self) -> Transition {
        Transition::FinishError
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.row().compaction_requested_at = None;
        if bundle.chat().is_root() {
            bundle.set_turn_summary(self.error.message.clone());
        }
        bundle.fail(self.error);
        Ok(())
    }
}
