//! The loop of one client.

use std::collections::VecDeque;
use std::sync::Arc;

use muster_base::limits::{FRAME_BYTES_AIM, FRAME_EVENTS_MAX, READER_CHECK_PERIOD};
use muster_base::{ChatId, MessageId, Timer};
use muster_bus::{Delivery, Event, Subscription, Topic};
use muster_rbac::Actor;
use muster_store::chats::{Chat, ChatStatus};

use super::poller::Followed;
use super::sync::Local;
use super::{Cursor, Frame, StreamEvent};
use crate::Error;
use crate::parts::{Episode, EpisodeKey, Watch, read_spilled};
use crate::shared::Shared;

/// Where a client starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamStart {
    /// With nothing, or behind the message that it knows as its last.
    AfterId(Option<MessageId>),
    /// Behind a live part of an attempt that it names in plain fields.
    Part {
        after_id: Option<MessageId>,
        history_version: i64,
        generation_attempt: i64,
        seq: u64,
    },
    /// Where its last frame ended: the text of a [`Cursor`].
    Cursor(String),
}

/// One client's stream of a chat.
///
/// Nothing is queued for a client but the difference it was just found to lack: live parts
/// wait in the episode that all clients share. One that reads slowly gets more per frame.
#[derive(Debug)]
pub struct ChatStream {
    shared: Arc<Shared>,
    actor: Actor,
    chat_id: ChatId,
    local: Local,
    parts: PartsSource,
    /// Events of the last sync that were not sent yet.
    pending: VecDeque<StreamEvent>,
    /// The client's place before `pending`.
    settled: Option<Cursor>,
    is_stale: bool,
    /// When the right of a reader who does not own the chat is looked at again.
    check: Option<Timer>,
    hints: Subscription,
    live: Watch,
    _followed: Followed,
}

/// Which episode is read, and how far.
#[derive(Debug, Default)]
struct PartsSource {
    key: Option<EpisodeKey>,
    instance: u64,
    seq: u64,
    /// The client names a part of `key` without knowing the instance.
    any_instance: bool,
    /// What the store holds of an episode whose writer is not in this process.
    spilled: Option<Arc<Episode>>,
}

impl ChatStream {
    pub(crate) async fn open(
        shared: Arc<Shared>,
        actor: Actor,
        chat_id: ChatId,
        start: StreamStart,
    ) -> Result<Self, Error> {
        // Subscribe first, read second.
        let hints = shared.store.bus().subscribe([Topic::ChatUpdate(chat_id)]);
        let live = shared.parts.watch(chat_id);
        let followed = shared.poller.follow(chat_id);
        let comes_back = matches!(start, StreamStart::Cursor(_));
        let (local, parts) = place(chat_id, start)?;
        let mut stream = Self {
            shared,
            actor,
            chat_id,
            local,
            parts,
            pending: VecDeque::new(),
            settled: None,
            is_stale: true,
            check: None,
            hints,
            live,
            _followed: followed,
        };
        stream.sync().await?;
        if comes_back {
            stream.recall().await;
        }
        stream.mark_read().await;
        Ok(stream)
    }

    /// The next frame. Cancel-safe: dropping the future loses nothing.
    ///
    /// # Errors
    /// When the database fails, or the actor may no longer read the chat.
    pub async fn next_frame(&mut self) -> Result<Frame, Error> {
        loop {
            if self.is_stale && self.pending.is_empty() {
                self.sync().await?;
            }
            if let Some(frame) = self.frame() {
                return Ok(frame);
            }
            tokio::select! {
                delivery = self.hints.recv() => self.hint(&delivery),
                () = self.live.changed() => {}
                () = due(&mut self.check) => {
                    self.check = None;
                    self.is_stale = true;
                }
            }
        }
    }

    /// Ends the stream: what was sent counts as read by the chat's owner.
    pub async fn close(self) {
        self.mark_read().await;
    }

    fn hint(&mut self, delivery: &Delivery) {
        let is_news = match delivery {
            Delivery::Resync => true,
            Delivery::Event(event) => match event.as_ref() {
                Event::ChatUpdate(update) => self.local.is_news(update.snapshot_version),
                Event::ChatOwnership { .. }
                | Event::ChatOwner { .. }
                | Event::ConfigChange { .. }
                | Event::JobNew { .. }
                | Event::Workspace { .. }
                | Event::Agent { .. }
                | Event::SessionsRevoked { .. } => false,
            },
        };
        self.is_stale |= is_news;
    }

    async fn sync(&mut self) -> Result<(), Error> {
        let store = &self.shared.store;
        let since = self.local.since();
        let snapshot = store
            .get_chat_snapshot(&self.actor, self.chat_id, since)
            .await?;
        let snapshot = Arc::try_unwrap(snapshot).unwrap_or_else(|shared| (*shared).clone());
        // Live parts of the old state that were not read yet are superseded by the new one,
        // so the place before the new events is where the old state ended.
        self.settled = self.local.cursor(self.parts.instance, self.parts.seq);
        self.pending.extend(self.local.apply(snapshot));
        self.follow_episode().await?;
        self.is_stale = false;
        self.expect_check();
        Ok(())
    }

    /// Whoever is no owner reads by a right that can end where no hint tells of it: they leave
    /// a group, or the group goes.
    fn expect_check(&mut self) {
        let owner = self.local.chat().map(|chat| chat.owner_id);
        let is_own = owner.is_some() && self.actor.user_id() == owner;
        let clock = &self.shared.clock;
        self.check = (!is_own).then(|| clock.timer("stream.reader", READER_CHECK_PERIOD));
    }

    /// Points the source of parts at the episode of the present history and attempt.
    async fn follow_episode(&mut self) -> Result<(), Error> {
        let Some(key) = self.local.episode() else {
            return Ok(());
        };
        let is_first = self.settled.is_none();
        let goes_on = self.parts.key == Some(key);
        if goes_on && !is_first {
            return Ok(());
        }
        if !goes_on {
            self.parts = PartsSource {
                key: Some(key),
                ..PartsSource::default()
            };
        }
        if self.shared.parts.get(key).is_none() && self.is_written_elsewhere() {
            self.parts.spilled = read_spilled(&self.shared.store, key).await?.map(Arc::new);
        }
        if goes_on {
            self.resume_preview(key);
        }
        Ok(())
    }

    /// Whether the live output of this chat is made, or was made, by another process.
    fn is_written_elsewhere(&self) -> bool {
        self.local.chat().is_some_and(|chat| {
            let runs = matches!(chat.status, ChatStatus::Running | ChatStatus::Interrupting);
            runs && chat.worker_id != Some(self.shared.worker_id)
        })
    }

    /// The client has parts of the present episode: it gets the rest of them, or, when the
    /// episode is gone, a fresh start.
    fn resume_preview(&mut self, key: EpisodeKey) {
        let is_reset = |event: &StreamEvent| matches!(event, StreamEvent::PreviewReset { .. });
        let live = self.shared.parts.get(key);
        if live.or_else(|| self.parts.spilled.clone()).is_some() {
            self.pending.retain(|event| !is_reset(event));
        } else if self.parts.seq > 0 {
            self.parts.seq = 0;
            if !self.pending.iter().any(is_reset) {
                self.pending.push_back(preview_reset(key));
            }
        }
    }

    /// What the client lacks, as far as it is here: the durable difference, then live parts.
    /// Both in one frame where they fit, so that a client that is cut off after every frame
    /// still gets on.
    fn frame(&mut self) -> Option<Frame> {
        let mut events = take_frame(&mut self.pending);
        if self.pending.is_empty() {
            self.take_parts(&mut events);
            self.settled = self.local.cursor(self.parts.instance, self.parts.seq);
        }
        // Half of a difference is no place to come back to; applying it twice is harmless.
        (!events.is_empty()).then_some(Frame {
            events,
            cursor: self.settled,
        })
    }

    fn take_parts(&mut self, events: &mut Vec<StreamEvent>) {
        let Some(key) = self.parts.key else {
            return;
        };
        let live = self.shared.parts.get(key);
        let Some(episode) = live.or_else(|| self.parts.spilled.clone()) else {
            return;
        };
        if self.parts.instance != episode.instance() {
            if self.parts.seq != 0 && !self.parts.any_instance {
                // Another run of the same phase: its parts are counted from 1 again.
                self.parts.seq = 0;
                events.push(preview_reset(key));
            }
            self.parts.any_instance = false;
            self.parts.instance = episode.instance();
        }
        let room = FRAME_EVENTS_MAX.saturating_sub(events.len());
        for numbered in episode.read_after(self.parts.seq, room) {
            self.parts.seq = numbered.seq;
            events.push(StreamEvent::Part {
                part: numbered.part,
                history_version: key.history_version,
                generation_attempt: key.generation_attempt,
                seq: numbered.seq,
            });
        }
    }

    /// A cursor names no message, but who has one has read everything up to it.
    async fn recall(&mut self) {
        let Some(chat) = self.local.chat().filter(|chat| self.owns(chat)) else {
            return;
        };
        let (store, history) = (&self.shared.store, chat.history_version);
        let newest = store.get_newest_message(&self.actor, chat.id, history);
        match newest.await {
            Ok(newest) => self.local.has(newest),
            Err(error) => {
                tracing::warn!(chat.id = %self.chat_id, error = %error, "newest message is not known");
            }
        }
    }

    fn owns(&self, chat: &Chat) -> bool {
        self.actor.user_id() == Some(chat.owner_id)
    }

    async fn mark_read(&self) {
        let Some((chat, message)) = self.local.chat().zip(self.local.last_message()) else {
            return;
        };
        if !self.owns(chat) || chat.last_read_message_id >= Some(message) {
            return;
        }
        let store = &self.shared.store;
        if let Err(error) = store.mark_chat_read(&self.actor, chat.id, message).await {
            tracing::warn!(chat.id = %chat.id, error = %error, "read cursor was not moved");
        }
    }
}

/// Fires when the timer does; never without one.
async fn due(check: &mut Option<Timer>) {
    match check {
        Some(timer) => timer.await,
        None => std::future::pending().await,
    }
}

/// The events of the next frame. It is kept small in bytes as well, because it is what a client
/// that stops reading leaves in memory.
fn take_frame(pending: &mut VecDeque<StreamEvent>) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    let mut bytes = 0;
    while bytes < FRAME_BYTES_AIM && events.len() < FRAME_EVENTS_MAX {
        let Some(event) = pending.pop_front() else {
            break;
        };
        if let StreamEvent::Message(message) = &event {
            bytes += message.content.len();
        }
        events.push(event);
    }
    events
}

const fn preview_reset(key: EpisodeKey) -> StreamEvent {
    StreamEvent::PreviewReset {
        history_version: key.history_version,
        generation_attempt: key.generation_attempt,
    }
}

/// What the client knows, as it says.
fn place(chat_id: ChatId, start: StreamStart) -> Result<(Local, PartsSource), Error> {
    match start {
        StreamStart::AfterId(after) => Ok((Local::fresh(after), PartsSource::default())),
        StreamStart::Part {
            after_id,
            history_version,
            generation_attempt,
            seq,
        } => {
            let key = EpisodeKey {
                chat_id,
                history_version,
                generation_attempt,
            };
            let parts = PartsSource {
                key: Some(key),
                seq,
                any_instance: true,
                ..PartsSource::default()
            };
            Ok((Local::fresh(after_id), parts))
        }
        StreamStart::Cursor(text) => {
            let cursor = Cursor::of_chat(&text, chat_id)?;
            let key = EpisodeKey {
                chat_id,
                history_version: cursor.history_version,
                generation_attempt: cursor.generation_attempt,
            };
            let parts = PartsSource {
                key: Some(key),
                instance: cursor.instance,
                seq: cursor.seq,
                ..PartsSource::default()
            };
            Ok((Local::resumed(&cursor), parts))
        }
    }
}

#[cfg(test)]
mod tests;
