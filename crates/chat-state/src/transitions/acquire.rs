//! Acquire: a worker takes a chat that nobody alive owns. Ownership alone moves.

use muster_base::{RunnerId, WorkerId};

use crate::machine::Command;
use crate::{Bundle, Error, Reason, Transition};

/// Takes one chat. Workers take batches: [`crate::Machine::acquire`].
#[derive(Clone, Copy, Debug)]
pub struct Acquire {
    pub worker_id: WorkerId,
    /// Fresh for every acquisition: it fences this owner's writes.
    pub runner_id: RunnerId,
}

impl Command for Acquire {
    type Outcome = ();
    const OP: &'static str = "chat.acquire";

    fn transition(&self) -> Transition {
        Transition::Acquire
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        if bundle.chat().worker_id.is_some() && bundle.owner_is_alive().await? {
            return Err(bundle.reject(self.transition(), Reason::Owned));
        }
        let Self {
            worker_id,
            runner_id,
        } = self;
        bundle.insert_heartbeat(worker_id, runner_id).await?;
        bundle.set_owner(Some((worker_id, runner_id)));
        bundle.check_runner(runner_id)
    }
}
