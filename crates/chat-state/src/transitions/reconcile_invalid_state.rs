//! `ReconcileInvalidState`: a row that makes no sense becomes a failed chat, which is usable.

use muster_store::chats::LastError;

use crate::machine::Command;
use crate::{Bundle, Error, Transition};

/// The only way out of [`crate::State::Invalid`].
#[derive(Clone, Copy, Debug)]
pub struct ReconcileInvalidState;

impl Command for ReconcileInvalidState {
    type Outcome = ();
    const OP: &'static str = "chat.reconcile";

    fn transition(&self) -> Transition {
        Transition::ReconcileInvalidState
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.set_archived(false);
        bundle.fail(LastError {
            message: "This chat was in a state that should not exist. You can go on from here."
                .to_owned(),
            kind: "generic".to_owned(),
            ..LastError::default()
        });
        Ok(())
    }
}
