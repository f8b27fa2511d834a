//! How many chats may run at once, and whose turn it is.
//!
//! Roots and subagents have slots of their own, so that parents can't take those that their
//! subagents need. A slot is held for a turn and given back while `wait_agent` waits. The chat
//! that waits for one is owned and stays running in the database: an interrupt reaches it, and
//! after a crash its next owner waits on.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use muster_base::UserId;
use muster_store::chats::Chat;
use parking_lot::Mutex;
use tokio::sync::oneshot;

/// How many chats one replica runs at once; 0, the default, is "as many as there are".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Chats that are no subagents.
    pub roots: usize,
    pub subagents: usize,
}

/// The slots of this replica.
#[derive(Debug)]
pub(crate) struct Slots {
    roots: Arc<Pool>,
    subagents: Arc<Pool>,
}

impl Slots {
    pub(crate) fn new(capacity: Capacity) -> Self {
        let pool = |limit| {
            Arc::new(Pool {
                limit,
                state: Mutex::default(),
            })
        };
        Self {
            roots: pool(capacity.roots),
            subagents: pool(capacity.subagents),
        }
    }

    /// How many chats wait for one.
    pub(crate) fn waiting(&self) -> usize {
        self.roots.waiting() + self.subagents.waiting()
    }

    /// A slot for a chat, as soon as it is its owner's turn. Cancel-safe.
    async fn take(&self, chat: &Chat) -> Slot {
        self.pool(chat).take(chat.owner_id).await
    }

    fn try_take(&self, chat: &Chat) -> Option<Slot> {
        self.pool(chat).try_take(chat.owner_id)
    }

    const fn pool(&self, chat: &Chat) -> &Arc<Pool> {
        if chat.is_root() {
            &self.roots
        } else {
            &self.subagents
        }
    }
}

/// The right to run. Dropping it lets the next chat run.
#[derive(Debug)]
pub(crate) struct Slot {
    pool: Arc<Pool>,
    user: UserId,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.pool.give_back(self.user);
    }
}

/// The slot of a turn, while it has one. Clones are the same place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<Mutex<Option<Slot>>>);

impl Held {
    /// Takes a slot without waiting. False when there is none to take.
    pub(crate) fn try_keep(&self, slots: &Slots, chat: &Chat) -> bool {
        let mut held = self.0.lock();
        if held.is_none() {
            *held = slots.try_take(chat);
        }
        held.is_some()
    }

    /// Waits for a slot unless there is one. Cancel-safe.
    pub(crate) async fn keep(&self, slots: &Slots, chat: &Chat) {
        if self.0.lock().is_some() {
            return;
        }
        let slot = slots.take(chat).await;
        *self.0.lock() = Some(slot);
    }

    /// Lets somebody else run; the turn's next task takes a slot again.
    pub(crate) fn give_back(&self) {
        let slot = self.0.lock().take();
        drop(slot);
    }
}

#[derive(Debug)]
struct Pool {
    /// 0 is "no limit".
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Slots in use.
    used: usize,
    /// The same by user; a user without any is left out.
    by_user: HashMap<UserId, usize>,
    /// Who waits, the longest first.
    waiting: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    user: UserId,
    grant: oneshot::Sender<Slot>,
}

impl Pool {
    /// A slot that is free now: nobody waits for it then.
    fn try_take(self: &Arc<Self>, user: UserId) -> Option<Slot> {
        let mut state = self.state.lock();
        if self.limit > 0 && state.used >= self.limit {
            return None;
        }
        state.enter(user);
        Some(Slot {
            pool: Arc::clone(self),
            user,
        })
    }

    async fn take(self: &Arc<Self>, user: UserId) -> Slot {
        let granted = {
            let mut state = self.state.lock();
            // Nobody waits while a slot is free.
            if self.limit == 0 || state.used < self.limit {
                state.enter(user);
                None
            } else {
                let (grant, granted) = oneshot::channel();
                state.waiting.push_back(Waiter { user, grant });
                Some(granted)
            }
        };
        let slot = match granted {
            Some(granted) => granted.await.ok(),
            None => None,
        };
        // A pool outlives those who wait for it, so a grant always comes.
        slot.unwrap_or_else(|| Slot {
            pool: Arc::clone(self),
            user,
        })
    }

    fn waiting(&self) -> usize {
        let state = self.state.lock();
        let waiting = state.waiting.iter();
        waiting.filter(|waiter| !waiter.grant.is_closed()).count()
    }

    /// Frees a slot, and gives it to the user who has the fewest; among those to whoever has
    /// waited longest.
    fn give_back(self: &Arc<Self>, user: UserId) {
        let next = {
            let mut state = self.state.lock();
            state.leave(user);
            let next = state.next();
            if let Some(waiter) = &next {
                state.enter(waiter.user);
            }
            next
        };
        if let Some(waiter) = next {
            let slot = Slot {
                pool: Arc::clone(self),
                user: waiter.user,
            };
            // One that has gone away drops its slot, which frees it again.
            drop(waiter.grant.send(slot));
        }
    }
}

impl State {
    fn enter(&mut self, user: UserId) {
        self.used += 1;
        *self.by_user.entry(user).or_default() += 1;
    }

    fn leave(&mut self, user: UserId) {
        self.used = self.used.saturating_sub(1);
        if let Some(count) = self.by_user.get_mut(&user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_user.remove(&user);
            }
        }
    }

    fn next(&mut self) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.grant.is_closed());
        let used = |waiter: &Waiter| self.by_user.get(&waiter.user).copied().unwrap_or_default();
        let counts = self.waiting.iter().map(used).enumerate();
        // The first of equals, and the queue is in order of arrival.
        let (at, _) = counts.min_by_key(|(_, count)| *count)?;
        self.waiting.remove(at)
    }
}

#[cfg(test)]
mod tests;
