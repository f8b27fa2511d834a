//! `RecordGenerationAttempt`: a model is about to be asked.

use crate::machine::Command;
use crate::{Bundle, Error, Fence, Reason, Transition};

/// One more attempt on the present history. The part episode opens before this is visible.
#[derive(Clone, Copy, Debug)]
pub struct RecordGenerationAttempt {
    pub fence: Fence,
}

impl Command for RecordGenerationAttempt {
    /// The number of the attempt, counted from 1.
    type Outcome = i64;
    const OP: &'static str = "chat.record_attempt";

    fn transition(&self) -> Transition {
        Transition::RecordGenerationAttempt
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<i64, Error> {
        // Here and not at the commit: a prompt with an open call must not even be sent.
        if !bundle.open_calls().await?.is_empty() {
            return Err(bundle.reject(self.transition(), Reason::UnansweredCalls));
        }
        let attempt = bundle.chat().generation_attempt + 1;
        bundle.set_attempt(attempt);
        Ok(attempt)
    }
}
