//! `RecordRetryState`: a model attempt failed and another one waits.

use muster_store::chats::RetryState;

use crate::machine::Command;
use crate::{Bundle, Error, Fence, Transition};

/// The wait before the next attempt, so that a new owner waits only the rest of it.
#[derive(Clone, Debug)]
pub struct RecordRetryState {
    pub fence: Fence,
    pub retry: RetryState,
}

impl Command for RecordRetryState {
    type Outcome = ();
    const OP: &'static str = "chat.record_retry";

    fn transition(&self) -> Transition {
        Transition::RecordRetryState
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.set_retry(Some(self.retry));
        Ok(())
    }
}
