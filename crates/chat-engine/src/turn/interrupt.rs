//! Ends an interrupted run: saves what was said, answers what was asked, stops what runs.

use muster_chat_state::content::Content;
use muster_chat_state::transitions::{Abandon, FinishInterruption};

use super::{Stop, Turn, Work, live, worker};
use crate::parts::{EpisodeKey, read_spilled};
use crate::processes;

impl Work {
    pub(super) async fn interrupt(mut self) -> Result<Self, Stop> {
        let partial = self.partial().await?;
        let (fence, runner_id) = (self.fence(), self.runner_id);
        self.gate.close();
        let updated = self
            .shared
            .machine
            .update(
                &worker(),
                "chat.finish_interruption",
                self.chat.id,
                move |bundle| {
                    let partial = partial.clone();
                    Box::pin(async move {
                        let end = FinishInterruption { fence, partial };
                        let interrupted = bundle.apply(end).await?;
                        bundle.drop_preview().await?;
                        let is_released = interrupted.promoted.is_none();
                        if is_released {
                            bundle.apply(Abandon { runner_id }).await?;
                        }
                        Ok((interrupted.cancelled_calls, is_released))
                    })
                },
            )
            .await?;
        let (cancelled, is_released) = updated.outcome;
        let binding = self.binding();
        processes::stop(&self.shared, self.chat.id, || binding, &cancelled);
        self.chat = updated.chat;
        self.is_released = is_released;
        self.turn = Turn::default();
        // The machine wrote answers of its own: the next task reads them.
        self.history.version = 0;
        Ok(self)
    }

    /// What the stopped attempt has said, wherever it is kept. A tool phase says nothing.
    async fn partial(&self) -> Result<Option<Content>, Stop> {
        if self.chat.generation_attempt == 0 {
            return Ok(None);
        }
        let key = EpisodeKey {
            chat_id: self.chat.id,
            history_version: self.chat.history_version,
            generation_attempt: self.chat.generation_attempt,
        };
        let parts = match self.shared.parts.get(key) {
            Some(episode) => {
                episode.close();
                episode.merged()
            }
            None => {
                let spilled = read_spilled(&self.shared.store, key).await;
                let spilled = spilled.map_err(Stop::Failed)?;
                spilled.map_or_else(Vec::new, |episode| episode.merged())
            }
        };
        let parts = live::partial(parts);
        if parts.is_empty() {
            return Ok(None);
        }
        Ok(Some(Content::new(&parts)?))
    }
}
