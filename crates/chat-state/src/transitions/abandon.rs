//! Abandon: an owner lets go. Ownership alone moves.

use muster_base::RunnerId;

use crate::machine::Command;
use crate::{Bundle, Error, Transition};

/// Lets go of a chat, whatever state it is in. May stand at the end of a longer bundle.
#[derive(Clone, Copy, Debug)]
pub struct Abandon {
    pub runner_id: RunnerId,
}

impl Command for Abandon {
    type Outcome = ();
    const OP: &'static str = "chat.abandon";

    fn transition(&self) -> Transition {
        Transition::Abandon
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_runner(self.runner_id)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.delete_heartbeat(self.runner_id).await?;
        bundle.set_owner(None);
        Ok(())
    }
}
