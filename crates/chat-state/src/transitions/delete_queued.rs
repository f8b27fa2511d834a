//! `DeleteQueued`: one message waits no longer.

use muster_base::QueueId;

use crate::machine::Command;
use crate::{Bundle, Error, Transition};

/// Takes a message out of the queue.
#[derive(Clone, Copy, Debug)]
pub struct DeleteQueued {
    pub id: QueueId,
}

impl Command for DeleteQueued {
    type Outcome = ();
    const OP: &'static str = "chat.delete_queued";

    fn transition(&self) -> Transition {
        Transition::DeleteQueued
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.dequeue(self.id).await.map(drop)
    }
}
