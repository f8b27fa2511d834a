//! One query every ten seconds for all chats that somebody here follows.
//!
//! It turns what it reads into the same hints that commits send, for this process only. So a
//! lost notification costs its consumers at most one period, and none of them has a timer.

use std::collections::HashMap;
use std::sync::Arc;

use muster_base::ChatId;
use muster_base::limits::{POLL_CHATS_PER_QUERY, SYNC_PERIOD};
use muster_store::Store;
use muster_store::chats::Versions;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// The chats that are followed. A cheap clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Poller(Arc<Mutex<HashMap<ChatId, usize>>>);

/// Keeps a chat in the poll; dropping it takes the chat out.
#[derive(Debug)]
pub(crate) struct Followed {
    chat_id: ChatId,
    poller: Poller,
}

impl Poller {
    /// Polls the chat from now on.
    pub(crate) fn follow(&self, chat_id: ChatId) -> Followed {
        *self.0.lock().entry(chat_id).or_default() += 1;
        Followed {
            chat_id,
            poller: self.clone(),
        }
    }

    /// Polls until the drain.
    pub(crate) async fn run(&self, store: &Store, drain: &CancellationToken) {
        loop {
            let timer = store.clock().timer("stream.poll", SYNC_PERIOD);
            tokio::select! {
                () = drain.cancelled() => return,
                () = timer => self.poll(store).await,
            }
        }
    }

    async fn poll(&self, store: &Store) {
        let chats: Vec<ChatId> = self.0.lock().keys().copied().collect();
        for ids in chats.chunks(POLL_CHATS_PER_QUERY) {
            match store.list_chat_versions(ids.to_vec()).await {
                Ok(versions) => {
                    let events = versions.iter().map(Versions::event);
                    store.bus().deliver(events.collect());
                }
                // The next period is the retry.
                Err(error) => tracing::warn!(error = %error, "chats could not be polled"),
            }
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let mut chats = self.poller.0.lock();
        if let Some(count) = chats.get_mut(&self.chat_id) {
            *count -= 1;
            if *count == 0 {
                chats.remove(&self.chat_id);
            }
        }
    }
}
