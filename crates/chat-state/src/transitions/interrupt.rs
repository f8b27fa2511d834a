//! Interrupt: stops a run. Where nothing runs it does nothing.

use muster_store::chats::ChatStatus;

use crate::machine::Command;
use crate::synthetics::{CancelReason, CancelledCall};
use crate::{Bundle, Error, State, Transition};

/// Stops what runs.
#[derive(Clone, Copy, Debug)]
pub struct Interrupt;

/// What there was to stop.
#[derive(Clone, Debug)]
pub struct InterruptOutcome {
    /// The state before.
    pub was: State,
    pub cancelled_calls: Vec<CancelledCall>,
}

impl Command for Interrupt {
    type Outcome = InterruptOutcome;
    const OP: &'static str = "chat.interrupt";

    fn transition(&self) -> Transition {
        Transition::Interrupt
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<InterruptOutcome, Error> {
        let was = bundle.state();
        let cancelled_calls = match bundle.chat().status {
            ChatStatus::Running => {
                bundle.set_status(ChatStatus::Interrupting);
                Vec::new()
            }
            ChatStatus::RequiresAction => {
                bundle
                    .leave_requires_action(CancelReason::Interrupted)
                    .await?
            }
            ChatStatus::Waiting | ChatStatus::Interrupting | ChatStatus::Error => Vec::new(),
        };
        Ok(InterruptOutcome {
            was,
            cancelled_calls,
        })
    }
}
