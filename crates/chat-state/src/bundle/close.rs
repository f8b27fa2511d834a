//! The end of a bundle: derived versions, the last check, the row, and who must hear of it.

use muster_bus::{Event, OwnerEventKind};
use muster_store::chats::{self, Chat, ChatStatus};

use super::Bundle;
use crate::{Error, State, classify};

impl Bundle<'_, '_> {
    pub(crate) async fn close(mut self) -> Result<Chat, Error> {
        let end = self.state();
        if end == State::Invalid && !self.was_invalid() {
            return Err(Error::IllegalEnd { end });
        }
        self.derive_versions();
        let locked = self.locked.snapshot_version;
        chats::door::update_execution(self.tx, &self.chat, locked).await?;
        if self.touched.metadata {
            chats::door::update_metadata(self.tx, &self.chat).await?;
        }
        if self.touched.labels {
            chats::door::replace_labels(self.tx, &self.chat).await?;
        }
        self.tell(end).await?;
        Ok(self.chat)
    }

    /// A row that was invalid may be let go of without becoming valid by that.
    const fn was_invalid(&self) -> bool {
        matches!(
            classify(self.locked.status, self.locked.archived, self.queue_len),
            State::Invalid
        )
    }

    fn derive_versions(&mut self) {
        let snapshot = self.chat.snapshot_version;
        if self.touched.history {
            self.chat.history_version = snapshot;
            self.set_attempt(0);
            // Also a wait that was recorded before any attempt.
            self.set_retry(None);
        }
        if self.touched.queue {
            self.chat.queue_version = snapshot;
        }
        if self.touched.retry {
            self.chat.retry_state_version = snapshot;
        }
        if self.touched.listed || self.chat.status != self.locked.status {
            self.chat.updated_at = self.tx.now();
        }
    }

    async fn tell(&mut self, end: State) -> Result<(), Error> {
        let versions = self.chat.versions();
        self.tx.notify(versions.event());
        if let Some(kind) = self.list_news() {
            self.tell_owner(kind);
        }
        let asks = self.chat.status == ChatStatus::RequiresAction;
        if asks && self.locked.status != ChatStatus::RequiresAction {
            self.tell_owner(OwnerEventKind::ActionRequired);
        }
        if self.touched.title {
            self.tell_owner(OwnerEventKind::TitleChange);
        }
        // News of the status brings the summary along.
        if self.touched.turn_summary && self.list_news().is_none() {
            self.tell_owner(OwnerEventKind::SummaryChange);
        }
        if end.is_runnable() && !self.is_cared_for().await? {
            self.tx.notify(Event::ChatOwnership {
                chat_id: self.chat.id,
                snapshot_version: self.chat.snapshot_version,
            });
        }
        Ok(())
    }

    fn list_news(&self) -> Option<OwnerEventKind> {
        match (self.locked.archived, self.chat.archived) {
            (false, true) => Some(OwnerEventKind::Deleted),
            (true, false) => Some(OwnerEventKind::Created),
            (true, true) | (false, false) => {
                let moved = self.chat.status != self.locked.status
                    || self.chat.queued_for_capacity != self.locked.queued_for_capacity;
                moved.then_some(OwnerEventKind::StatusChange)
            }
        }
    }

    fn tell_owner(&mut self, kind: OwnerEventKind) {
        self.tx.notify(Event::ChatOwner {
            user_id: self.chat.owner_id,
            chat_id: self.chat.id,
            kind,
        });
    }

    /// Whether an owner will notice by itself. Who has just written as the owner is alive.
    async fn is_cared_for(&mut self) -> Result<bool, Error> {
        if self.chat.worker_id.is_none() {
            return Ok(false);
        }
        Ok(self.by_owner || self.owner_is_alive().await?)
    }
}
