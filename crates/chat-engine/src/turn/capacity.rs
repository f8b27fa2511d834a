//! The right to run: taken at once, or waited for where everybody can see it.

use super::{Stop, Work, worker};

impl Work {
    /// Takes a slot. A chat that has to wait for one says so meanwhile; one that was waiting
    /// under an earlier owner stops saying so.
    pub(super) async fn take_slot(&mut self) -> Result<(), Stop> {
        let slot = self.turn.slot.clone();
        if !slot.try_keep(&self.shared.slots, &self.chat) {
            self.say_queued(true).await?;
            slot.keep(&self.shared.slots, &self.chat).await;
        }
        self.say_queued(false).await
    }

    async fn say_queued(&mut self, queued: bool) -> Result<(), Stop> {
        if self.chat.queued_for_capacity == queued {
            return Ok(());
        }
        let (machine, chat) = (&self.shared.machine, self.chat.id);
        let (actor, runner) = (worker(), self.runner_id);
        let said = machine.set_queued_for_capacity(&actor, chat, runner, queued);
        self.chat = said.await?;
        Ok(())
    }
}
