//! Fan-out inside one process.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use muster_base::ChatId;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use crate::{Event, Relay, Topic};

/// Events that may wait for one subscriber; then it is told to re-read instead.
const BACKLOG_MAX: usize = 8_192;

/// The in-process bus. A cheap clone.
#[derive(Clone, Debug, Default)]
pub struct Bus(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: AtomicU64,
    topics: RwLock<HashMap<Topic, HashMap<u64, Arc<Mailbox>>>>,
    relay: RwLock<Option<Arc<dyn Relay>>>,
}

#[derive(Debug, Default)]
struct Mailbox {
    state: Mutex<MailboxState>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct MailboxState {
    waiting: VecDeque<Arc<Event>>,
    /// The newest waiting news of each chat in a list: a person with hundreds of busy chats
    /// hears each of them once, however slowly they listen.
    news: HashMap<ChatId, Arc<Event>>,
    resync: bool,
}

/// What a subscriber receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Something was committed.
    Event(Arc<Event>),
    /// Events may have been lost: re-read the truth.
    Resync,
}

/// A place in the bus; dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    id: u64,
    topics: HashSet<Topic>,
    mailbox: Arc<Mailbox>,
    bus: Bus,
}

impl Bus {
    /// A bus without subscribers and without a relay.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the carrier to the other replicas.
    pub fn set_relay(&self, relay: Arc<dyn Relay>) {
        *self.0.relay.write() = Some(relay);
    }

    /// Listens to `topics`. Subscribe first, read the truth second.
    #[must_use]
    pub fn subscribe(&self, topics: impl IntoIterator<Item = Topic>) -> Subscription {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mailbox = Arc::new(Mailbox::default());
        let mut subscription = Subscription {
            id,
            topics: HashSet::new(),
            mailbox,
            bus: self.clone(),
        };
        for topic in topics {
            subscription.add(topic);
        }
        subscription
    }

    /// Publishes committed events here and, through the relay, on the other replicas.
    pub fn publish(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        if let Some(relay) = self.0.relay.read().as_ref() {
            relay.send(&events);
        }
        self.deliver(events);
    }

    /// Publishes events that came from another replica: in this process only.
    pub fn deliver(&self, events: Vec<Event>) {
        let topics = self.0.topics.read();
        for event in events {
            let event = Arc::new(event);
            event.topics(|topic| {
                for mailbox in topics.get(&topic).into_iter().flat_map(HashMap::values) {
                    mailbox.put(Arc::clone(&event));
                }
            });
        }
    }

    /// Tells every subscriber to re-read: the carrier was interrupted.
    pub fn resync(&self) {
        for mailbox in self.0.topics.read().values().flat_map(HashMap::values) {
            mailbox.lose();
        }
    }
}

impl Mailbox {
    fn put(&self, event: Arc<Event>) {
        let mut state = self.state.lock();
        if state.waiting.len() >= BACKLOG_MAX {
            state.waiting.clear();
            state.news.clear();
            state.resync = true;
        } else if state.is_news(&event) {
            state.waiting.push_back(event);
        }
        drop(state);
        self.wake.notify_one();
    }

    fn lose(&self) {
        self.state.lock().resync = true;
        self.wake.notify_one();
    }

    fn take(&self) -> Option<Delivery> {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.resync) {
            return Some(Delivery::Resync);
        }
        let event = state.waiting.pop_front()?;
        state.told(&event);
        Some(Delivery::Event(event))
    }
}

impl MailboxState {
    /// Whether `event` says more than what is waiting. The same news of a chat is told once, as
    /// long as nothing else of that chat came in between.
    fn is_news(&mut self, event: &Arc<Event>) -> bool {
        let Event::ChatOwner { chat_id, .. } = **event else {
            return true;
        };
        let newest = self.news.insert(chat_id, Arc::clone(event));
        newest.is_none_or(|newest| newest != *event)
    }

    fn told(&mut self, event: &Arc<Event>) {
        if let Event::ChatOwner { chat_id, .. } = **event
            && self
                .news
                .get(&chat_id)
                .is_some_and(|newest| newest == event)
        {
            self.news.remove(&chat_id);
        }
    }
}

impl Subscription {
    /// Listens to one more topic.
    pub fn add(&mut self, topic: Topic) {
        self.topics.insert(topic);
        let mut all = self.bus.0.topics.write();
        all.entry(topic)
            .or_default()
            .insert(self.id, Arc::clone(&self.mailbox));
    }

    /// The next delivery. Cancel-safe.
    pub async fn recv(&self) -> Delivery {
        loop {
            if let Some(delivery) = self.mailbox.take() {
                return delivery;
            }
            self.mailbox.wake.notified().await;
        }
    }

    /// The next delivery that is already here.
    #[must_use]
    pub fn try_recv(&self) -> Option<Delivery> {
        self.mailbox.take()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut all = self.bus.0.topics.write();
        for topic in &self.topics {
            if let Some(listeners) = all.get_mut(topic) {
                listeners.remove(&self.id);
                if listeners.is_empty() {
                    all.remove(topic);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use muster_base::{Clock, JobId, UserId};

    use super::*;
    use crate::OwnerEventKind;

    fn event() -> Event {
        Event::JobNew {
            job_id: JobId::new(&Clock::system()),
        }
    }

    #[tokio::test]
    async fn subscriber_hears_its_topic_only() {
        let bus = Bus::new();
        let jobs = bus.subscribe([Topic::Jobs]);
        let config = bus.subscribe([Topic::ConfigChange]);
        let sent = event();
        bus.publish(vec![sent.clone()]);
        assert_eq!(jobs.recv().await, Delivery::Event(Arc::new(sent)));
        assert_eq!(config.try_recv(), None);
    }

    #[tokio::test]
    async fn overflow_becomes_one_resync() {
        let bus = Bus::new();
        let jobs = bus.subscribe([Topic::Jobs]);
        bus.publish((0..=BACKLOG_MAX).map(|_| event()).collect());
        assert_eq!(jobs.recv().await, Delivery::Resync);
        assert_eq!(jobs.try_recv(), None);
    }

    #[tokio::test]
    async fn same_news_of_a_chat_waits_once() {
        let clock = Clock::system();
        let (bus, user) = (Bus::new(), UserId::new(&clock));
        let list = bus.subscribe([Topic::ChatOwner(user)]);
        let chat = ChatId::new(&clock);
        let of = |chat_id, kind| Event::ChatOwner {
            user_id: user,
            chat_id,
            kind,
        };
        let (status, gone) = (OwnerEventKind::StatusChange, OwnerEventKind::Deleted);
        for _ in 0..2 * BACKLOG_MAX {
            bus.publish(vec![of(chat, status)]);
        }
        assert_eq!(
            list.recv().await,
            Delivery::Event(Arc::new(of(chat, status)))
        );
        assert_eq!(list.try_recv(), None);
        // What was told may be news again, and another kind in between keeps the order.
        let told = [status, gone, status].map(|kind| of(chat, kind));
        bus.publish(told.to_vec());
        for event in told {
            assert_eq!(list.recv().await, Delivery::Event(Arc::new(event)));
        }
        assert_eq!(list.try_recv(), None);
    }

    #[test]
    fn dropped_subscription_leaves_nothing_behind() {
        let bus = Bus::new();
        drop(bus.subscribe([Topic::Jobs, Topic::Sessions]));
        assert!(bus.0.topics.read().is_empty());
    }
}
