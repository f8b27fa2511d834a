//! Commits that end something: a turn, a run that failed, an ownership.

use muster_base::RunnerId;
use muster_chat_state::transitions::{Abandon, CommitStep, FinishError, FinishTurn, Step};
use muster_chat_state::{Bundle, Error, Fence, Updated};
use muster_store::chat_messages::Message;
use muster_store::chats::LastError;

use super::{Stop, Turn, Work, worker};
use crate::asides::Ended;

/// What follows a step inside its bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The turn goes on.
    GoOn,
    /// The turn is over.
    Finish,
}

/// Messages that a bundle wrote, and whether it let go of the chat.
#[derive(Default)]
struct Written {
    messages: Vec<Message>,
    is_released: bool,
    is_new_turn: bool,
}

impl Written {
    /// Ends the turn. The next message begins another one; without one the chat is let go of.
    async fn finish(
        &mut self,
        bundle: &mut Bundle<'_, '_>,
        fence: Fence,
        runner_id: RunnerId,
    ) -> Result<(), Error> {
        let finished = bundle.apply(FinishTurn { fence }).await?;
        if let Some(message) = finished.promoted {
            self.messages.push(message);
            self.is_new_turn = true;
            return Ok(());
        }
        self.is_released = true;
        bundle.apply(Abandon { runner_id }).await
    }
}

impl Work {
    /// Commits a step and, where it was the last one, the end of the turn with it. A chat that
    /// waits afterwards is let go of in the same bundle.
    pub(super) async fn commit(
        mut self,
        fence: Fence,
        step: Option<Step>,
        then: Then,
        has_spilled: bool,
    ) -> Result<Self, Stop> {
        let runner_id = self.runner_id;
        let is_told = then == Then::Finish && self.chat.is_root();
        let ended = is_told.then(|| Ended::of(step.as_ref(), &self.history));
        let ended = ended.flatten();
        let summary = ended.as_ref().and_then(Ended::at_once);
        self.gate.close();
        let updated = self
            .shared
            .machine
            .update(&worker(), "chat.commit_step", self.chat.id, move |bundle| {
                let (step, summary) = (step.clone(), summary.clone());
                Box::pin(async move {
                    let mut written = Written::default();
                    if let Some(step) = step {
                        let committed = bundle.apply(CommitStep { fence, step }).await?;
                        written.messages = committed.messages;
                    }
                    if then == Then::Finish {
                        written.finish(bundle, fence, runner_id).await?;
                    }
                    if let Some(summary) = summary.filter(|_| written.is_released) {
                        bundle.set_turn_summary(summary);
                    }
                    if has_spilled {
                        bundle.drop_preview().await?;
                    }
                    Ok(written)
                })
            })
            .await?;
        self.take_over(updated)?;
        if let Some(ended) = ended.filter(|_| self.is_released) {
            ended.follow_up(&self.shared, &self.chat);
        }
        Ok(self)
    }

    fn take_over(&mut self, updated: Updated<Written>) -> Result<(), Stop> {
        let Updated { outcome, chat } = updated;
        self.history
            .extend(chat.history_version, &outcome.messages)?;
        self.chat = chat;
        self.is_released = outcome.is_released;
        if outcome.is_new_turn {
            self.turn = Turn::default();
        }
        Ok(())
    }

    /// Ends a turn whose last step was committed by a former owner.
    pub(super) async fn finish_turn(self) -> Result<Self, Stop> {
        let fence = self.fence();
        self.commit(fence, None, Then::Finish, false).await
    }

    /// Ends the run with words for the user, and lets go of the chat.
    pub(super) async fn finish_error(mut self, error: LastError) -> Result<Self, Stop> {
        let (fence, runner_id) = (self.fence(), self.runner_id);
        self.gate.close();
        let updated = self
            .shared
            .machine
            .update(
                &worker(),
                "chat.finish_error",
                self.chat.id,
                move |bundle| {
                    let error = error.clone();
                    Box::pin(async move {
                        bundle.apply(FinishError { fence, error }).await?;
                        bundle.drop_preview().await?;
                        bundle.apply(Abandon { runner_id }).await
                    })
                },
            )
            .await?;
        self.chat = updated.chat;
        self.is_released = true;
        Ok(self)
    }

    /// Lets go of the chat: there is nothing to do, or this process ends.
    pub(crate) async fn abandon(mut self) -> Result<Self, Stop> {
        let command = Abandon {
            runner_id: self.runner_id,
        };
        self.gate.close();
        let (machine, id) = (&self.shared.machine, self.chat.id);
        let updated = machine.apply(&worker(), id, command).await?;
        self.chat = updated.chat;
        self.is_released = true;
        Ok(self)
    }
}
