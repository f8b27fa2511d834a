//! What transitions may do to a locked chat. Not reachable from outside the crate.

use muster_base::{MessageId, QueueId, RunnerId, WorkerId};
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{Message, Visibility};
use muster_store::chat_queue::{self, QueuedMessage};
use muster_store::chats::{Chat, ChatStatus, LastError, RetryState};
use muster_store::tool_effects::{self, EffectState, NewEffect};
use muster_store::{chat_heartbeats, chat_messages, preview_segments};

use super::Bundle;
use crate::Error;
use crate::content::CONTENT_VERSION;
use crate::synthetics::{CancelReason, CancelledCall, OpenCall, answers};

impl Bundle<'_, '_> {
    pub(crate) const fn row(&mut self) -> &mut Chat {
        &mut self.chat
    }

    pub(super) async fn queue_mut(&mut self) -> Result<&mut Vec<QueuedMessage>, Error> {
        let queue = match self.queue.take() {
            Some(queue) => queue,
            None if self.queue_len == 0 => Vec::new(),
            None => chat_queue::list(self.tx, self.chat.id).await?,
        };
        Ok(self.queue.insert(queue))
    }

    /// Moves the status; what belongs to the status that was left goes with it.
    pub(crate) fn set_status(&mut self, status: ChatStatus) {
        if self.chat.status == ChatStatus::Error && status != ChatStatus::Error {
            self.chat.last_error = None;
        }
        if self.chat.status == ChatStatus::RequiresAction && status != ChatStatus::RequiresAction {
            self.chat.requires_action_deadline_at = None;
        }
        if status != ChatStatus::Running {
            self.set_retry(None);
            self.set_queued_for_capacity(false);
        }
        self.chat.status = status;
    }

    pub(crate) fn fail(&mut self, error: LastError) {
        self.set_status(ChatStatus::Error);
        self.chat.last_error = Some(error);
    }

    pub(crate) fn set_archived(&mut self, archived: bool) {
        self.chat.archived = archived;
        self.touched.listed = true;
        // The archive has no pins.
        self.set_pin_order(0);
    }

    pub(crate) fn set_retry(&mut self, retry: Option<RetryState>) {
        if self.chat.retry_state != retry {
            self.chat.retry_state = retry;
            self.touched.retry = true;
        }
    }

    /// A model attempt on the present history; the last attempt's wait is over.
    pub(crate) fn set_attempt(&mut self, attempt: i64) {
        if self.chat.generation_attempt != attempt {
            self.chat.generation_attempt = attempt;
            self.set_retry(None);
        }
    }

    /// Moves the history without a message, so that a running task stops and begins anew.
    pub(crate) const fn touch_history(&mut self) {
        self.touched.history = true;
    }

    pub(crate) const fn set_owner(&mut self, owner: Option<(WorkerId, RunnerId)>) {
        let (worker, runner) = match owner {
            Some((worker, runner)) => (Some(worker), Some(runner)),
            None => (None, None),
        };
        self.chat.worker_id = worker;
        self.chat.runner_id = runner;
    }

    pub(crate) async fn insert_heartbeat(
        &mut self,
        worker: WorkerId,
        runner: RunnerId,
    ) -> Result<(), Error> {
        let chats = [self.chat.id];
        chat_heartbeats::delete_by_chats(self.tx, &chats).await?;
        Ok(chat_heartbeats::insert_acquired(self.tx, &chats, runner, worker).await?)
    }

    pub(crate) async fn delete_heartbeat(&mut self, runner: RunnerId) -> Result<(), Error> {
        Ok(chat_heartbeats::delete(self.tx, self.chat.id, runner).await?)
    }

    /// Inserts messages in order, in one statement.
    pub(crate) async fn insert(&mut self, new: Vec<NewMessage>) -> Result<Vec<Message>, Error> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let ids = chat_messages::door::insert(self.tx, &self.chat, &new).await?;
        self.touched.history = true;
        self.touched.listed |= new
            .iter()
            .any(|message| message.visibility != Visibility::Model);
        Ok(ids
            .into_iter()
            .zip(new)
            .map(|(id, message)| self.stored(id, message))
            .collect())
    }

    /// Inserts rows that nobody reads. Neither the history nor the list moves.
    pub(crate) async fn insert_hidden(&mut self, new: &[NewMessage]) -> Result<(), Error> {
        if !new.is_empty() {
            chat_messages::door::insert(self.tx, &self.chat, new).await?;
        }
        Ok(())
    }

    fn stored(&self, id: MessageId, new: NewMessage) -> Message {
        Message {
            id,
            chat_id: self.chat.id,
            owner_id: self.chat.owner_id,
            revision: self.chat.snapshot_version,
            role: new.role,
            visibility: new.visibility,
            content: new.content,
            content_version: CONTENT_VERSION,
            created_by: new.created_by,
            model_config_id: new.model_config_id,
            reasoning_effort: new.reasoning_effort,
            compressed: new.compressed,
            deleted: new.deleted,
            usage: new.usage,
            total_cost_micros: new.total_cost_micros,
            runtime_ms: new.runtime_ms,
            provider_response_id: new.provider_response_id,
            effect_id: new.effect_id,
            created_at: self.tx.now(),
        }
    }

    /// Soft-deletes a message and everything after it.
    pub(crate) async fn delete_messages_from(&mut self, first: MessageId) -> Result<(), Error> {
        let (chat, revision) = (self.chat.id, self.chat.snapshot_version);
        chat_messages::door::delete_from(self.tx, chat, first, revision).await?;
        self.touched.history = true;
        self.touched.listed = true;
        self.open_calls = None;
        Ok(())
    }

    /// Says which calls are open now, when the transition knows without reading.
    pub(crate) fn know_open_calls(&mut self, open: Vec<OpenCall>) {
        self.open_calls = Some(open);
    }

    /// The messages that answer every open call, settling their effects.
    ///
    /// They are not inserted yet, so that they share a statement with what follows them.
    pub(crate) async fn answer_open_calls(
        &mut self,
        why: CancelReason,
    ) -> Result<(Vec<NewMessage>, Vec<CancelledCall>), Error> {
        self.open_calls().await?;
        let open = self.open_calls.replace(Vec::new()).unwrap_or_default();
        answers(self.tx, self.chat.id, open, why).await
    }

    pub(crate) async fn reserve_effects(
        &mut self,
        message: MessageId,
        effects: &[NewEffect],
    ) -> Result<(), Error> {
        if effects.is_empty() {
            return Ok(());
        }
        Ok(tool_effects::reserve(self.tx, self.chat.id, message, effects).await?)
    }

    pub(crate) async fn settle_effects(
        &mut self,
        effects: &[muster_base::EffectId],
        state: EffectState,
    ) -> Result<(), Error> {
        if !effects.is_empty() {
            tool_effects::update_states(self.tx, self.chat.id, effects, state).await?;
        }
        Ok(())
    }

    /// Appends to the queue.
    pub(crate) async fn enqueue(
        &mut self,
        mut item: QueuedMessage,
    ) -> Result<QueuedMessage, Error> {
        let last = self.queue_mut().await?.last();
        item.position = last.map_or(0, |last| last.position + 1);
        item.id = chat_queue::door::insert(self.tx, &item).await?;
        self.queue_mut().await?.push(item.clone());
        self.queue_len += 1;
        self.touched.queue = true;
        Ok(item)
    }

    /// Takes one item out of the queue.
    pub(crate) async fn dequeue(&mut self, id: QueueId) -> Result<QueuedMessage, Error> {
        let queue = self.queue_mut().await?;
        let at = queue.iter().position(|item| item.id == id);
        let item = queue.remove(at.ok_or(Error::NoSuchQueued)?);
        chat_queue::door::delete(self.tx, self.chat.id, id).await?;
        self.queue_len -= 1;
        self.touched.queue = true;
        Ok(item)
    }

    /// Moves one item to the head. At the head already, nothing moves.
    pub(crate) async fn move_to_head(&mut self, id: QueueId) -> Result<QueuedMessage, Error> {
        let queue = self.queue_mut().await?;
        let at = queue.iter().position(|item| item.id == id);
        let at = at.ok_or(Error::NoSuchQueued)?;
        let head = queue.first().map_or(0, |head| head.position);
        let mut item = queue.remove(at);
        if at > 0 {
            item.position = head - 1;
        }
        queue.insert(0, item.clone());
        if at > 0 {
            chat_queue::door::update_position(self.tx, self.chat.id, id, item.position).await?;
            self.touched.queue = true;
        }
        Ok(item)
    }

    pub(crate) async fn clear_queue(&mut self) -> Result<(), Error> {
        if self.queue_len > 0 {
            chat_queue::door::delete_all(self.tx, self.chat.id).await?;
            self.queue = Some(Vec::new());
            self.queue_len = 0;
            self.touched.queue = true;
        }
        Ok(())
    }

    /// Removes spilled pieces of the live answer. Called where a step that had spilled is
    /// committed or dropped; short answers never come here.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn drop_preview(&mut self) -> Result<(), Error> {
        preview_segments::delete(self.tx, self.chat.id).await?;
        Ok(())
    }
}
