//! All episodes of this replica.

use std::collections::HashMap;
use std::sync::Arc;

use muster_base::limits::{EPISODE_KEEP, SPILL_BYTES};
use muster_base::{ChatId, Clock};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::{Episode, LivePart};

/// Which stretch of live output is meant. A tool phase is attempt 0 of its history version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EpisodeKey {
    pub chat_id: ChatId,
    pub history_version: i64,
    pub generation_attempt: i64,
}

/// The episodes of this replica. A cheap clone.
#[derive(Clone, Debug)]
pub struct PartBuffer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    chats: Mutex<HashMap<ChatId, ChatEpisodes>>,
    /// Episodes with enough unspilled bytes.
    due: Mutex<Vec<Arc<Episode>>>,
    due_changed: Notify,
}

#[derive(Debug, Default)]
struct ChatEpisodes {
    episodes: Vec<Arc<Episode>>,
    changed: Arc<watch::Sender<u64>>,
}

/// An episode that is being written; dropping it closes the episode, so that none stays open
/// when its task is cancelled.
#[derive(Debug)]
pub struct OpenEpisode(Arc<Episode>);

impl std::ops::Deref for OpenEpisode {
    type Target = Arc<Episode>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for OpenEpisode {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Hears of every new part of one chat.
#[derive(Debug)]
pub struct Watch(watch::Receiver<u64>);

impl Watch {
    /// Waits for the next change. Cancel-safe.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The buffer is gone with the engine; whoever waits is ended by the drain.
            std::future::pending::<()>().await;
        }
    }
}

impl PartBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner {
            clock,
            chats: Mutex::default(),
            due: Mutex::default(),
            due_changed: Notify::new(),
        }))
    }

    /// Begins the episode of `key`, in place of any earlier one.
    #[must_use]
    pub fn begin(&self, key: EpisodeKey) -> OpenEpisode {
        OpenEpisode(self.open(key))
    }

    fn open(&self, key: EpisodeKey) -> Arc<Episode> {
        let mut chats = self.0.chats.lock();
        let chat = chats.entry(key.chat_id).or_default();
        chat.episodes.retain(|episode| episode.key() != key);
        let changed = Arc::clone(&chat.changed);
        let episode = Arc::new(Episode::new(key, self.0.clock.clone(), changed));
        chat.episodes.push(Arc::clone(&episode));
        chat.changed.send_modify(|version| *version += 1);
        episode
    }

    /// The episode of `key`, if it is in memory.
    #[must_use]
    pub fn get(&self, key: EpisodeKey) -> Option<Arc<Episode>> {
        let chats = self.0.chats.lock();
        chats.get(&key.chat_id)?.find(key).cloned()
    }

    /// Adds a part and hands the episode to the spiller when enough has gathered.
    pub fn add(&self, episode: &Arc<Episode>, part: LivePart) {
        if episode.add(part).is_some() && episode.unspilled_bytes() >= SPILL_BYTES {
            let mut due = self.0.due.lock();
            if !due.iter().any(|known| known.key() == episode.key()) {
                due.push(Arc::clone(episode));
                drop(due);
                self.0.due_changed.notify_one();
            }
        }
    }

    /// Listens to one chat, whether or not it has an episode yet.
    #[must_use]
    pub fn watch(&self, chat_id: ChatId) -> Watch {
        let mut chats = self.0.chats.lock();
        Watch(chats.entry(chat_id).or_default().changed.subscribe())
    }

    /// Waits until some episode is due for spilling and takes all that are.
    pub(super) async fn due(&self) -> Vec<Arc<Episode>> {
        loop {
            let due = std::mem::take(&mut *self.0.due.lock());
            if !due.is_empty() {
                return due;
            }
            self.0.due_changed.notified().await;
        }
    }

    /// Forgets episodes that were closed long enough ago, and chats nobody listens to.
    pub fn sweep(&self) {
        let now = self.0.clock.now();
        self.0.chats.lock().retain(|_, chat| {
            chat.episodes.retain(|episode| {
                let closed_at = episode.closed_at();
                closed_at.is_none_or(|at| now.since(at) < EPISODE_KEEP)
            });
            !chat.episodes.is_empty() || chat.changed.receiver_count() > 0
        });
    }

    /// How many episodes are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        let chats = self.0.chats.lock();
        chats.values().map(|chat| chat.episodes.len()).sum()
    }

    /// Whether no episode is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ChatEpisodes {
    fn find(&self, key: EpisodeKey) -> Option<&Arc<Episode>> {
        self.episodes.iter().find(|episode| episode.key() == key)
    }
}

#[cfg(test)]
mod tests;
