//! Who performs an effect, and who waits for it.

use std::sync::Arc;

use muster_agent_link::wire::StoredAnswer;
use muster_base::{ChatId, EffectId};
use tokio::sync::watch;

use super::{Error, Intent, Journal, Phase, Plan};
use crate::Failure;

/// The right to perform an effect. Dropping it before the intent frees the id again.
#[derive(Debug)]
pub(crate) struct Ticket {
    journal: Arc<Journal>,
    id: EffectId,
    open: bool,
}

/// Waits for an effect that somebody else performs.
#[derive(Debug)]
pub(crate) struct Waiter(watch::Receiver<Phase>);

impl Waiter {
    pub(super) const fn new(phase: watch::Receiver<Phase>) -> Self {
        Self(phase)
    }

    /// The answer, once there is one. `None` if the performer gave up without any.
    pub(crate) async fn ended(mut self) -> Option<StoredAnswer> {
        let phase = self.0.wait_for(|phase| *phase != Phase::Running).await;
        match phase.ok()?.clone() {
            Phase::Ended(answer) => Some(answer),
            Phase::Running => None,
        }
    }
}

impl Ticket {
    pub(super) const fn new(journal: Arc<Journal>, id: EffectId) -> Self {
        Self {
            journal,
            id,
            open: true,
        }
    }

    /// The effect.
    pub(crate) const fn id(&self) -> EffectId {
        self.id
    }

    /// Waits for this very effect, like those who come later.
    pub(crate) fn waiter(&self) -> Option<Waiter> {
        let inner = self.journal.inner.lock();
        inner
            .entries
            .get(&self.id)
            .map(|entry| Waiter::new(entry.phase.subscribe()))
    }

    /// Puts the intent on disk. Nothing may begin before this has returned.
    pub(crate) fn intend(
        &self,
        hash: &str,
        chat_id: Option<ChatId>,
        plan: Plan,
    ) -> Result<(), Error> {
        let intent = Intent {
            hash: hash.to_owned(),
            chat_id,
            created_at: self.journal.clock.now(),
            plan,
        };
        self.journal.record_intent(self.id, intent)
    }

    /// Puts the result on disk and answers those who wait.
    pub(crate) fn finish(mut self, answer: StoredAnswer) -> Result<(), Error> {
        self.open = false;
        self.journal.record_outcome(self.id, answer)
    }

    /// The effect did not begin and may be asked for again; those who wait hear why.
    pub(crate) fn withdraw(mut self, why: &Failure) {
        self.open = false;
        self.journal.withdraw(self.id, why.answer());
    }

    /// The effect goes on without this process; the next one finds its intent.
    pub(crate) fn leave_open(mut self) {
        self.open = false;
    }
}

impl Drop for Ticket {
    /// A performer that went away before the intent was on disk has done nothing. After that
    /// only a recovery can tell, so the intent stays.
    fn drop(&mut self) {
        if self.open {
            self.journal.release(self.id);
        }
    }
}
