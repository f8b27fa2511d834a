//! The notifier: what was committed here, told to the other replicas.
//!
//! Never inside the business transaction: `NOTIFY` holds a lock of the whole cluster through
//! the commit, so commits would queue up. One connection sends everything instead, at most
//! one statement per period. What is lost on the way is only a hint.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use muster_base::{Backoff, Clock, ReplicaId, TaskSet, limits};
use muster_bus::{Envelope, Event, Relay};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_postgres::Client;

use super::link::Link;
use super::unreachable;
use crate::Error;

/// The one channel.
pub(super) const CHANNEL: &str = "muster";
/// Events carry ids only, so a longer one is a mistake.
const EVENT_BYTES_MAX: usize = 512;
const SEND: &str = "select pg_notify($1, x) from unnest($2::text[]) as x";
pub(super) const RECONNECT: Backoff = Backoff {
    first: Duration::from_millis(100),
    max: Duration::from_secs(10),
};

/// A bounded queue with one sender.
#[derive(Debug)]
pub(super) struct Notifier {
    replica: ReplicaId,
    queue: Mutex<VecDeque<String>>,
    wake: Notify,
}

impl Relay for Notifier {
    fn send(&self, events: &[Event]) {
        let mut queue = self.queue.lock();
        for event in events {
            let envelope = Envelope {
                replica: self.replica,
                event: event.clone(),
            };
            match serde_json::to_string(&envelope) {
                Ok(text) if text.len() <= EVENT_BYTES_MAX => queue.push_back(text),
                Ok(_) | Err(_) => tracing::error!(?event, "event is too long for its carrier"),
            }
        }
        while queue.len() > limits::NOTIFIER_QUEUE_MAX {
            queue.pop_front();
            metrics::counter!("muster_store_notifications_dropped_total").increment(1);
        }
        drop(queue);
        self.wake.notify_one();
    }
}

impl Notifier {
    pub(super) fn new(replica: ReplicaId) -> Self {
        Self {
            replica,
            queue: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// Sends until drained, then once more what is left.
    pub(super) async fn run(self: Arc<Self>, link: Link, clock: Clock, tasks: TaskSet) {
        let drain = tasks.drain().clone();
        let mut client = None;
        let mut failures = 0;
        loop {
            tokio::select! {
                biased;
                () = drain.cancelled() => break,
                () = self.wake.notified() => {}
            }
            let pause = match self.flush(&mut client, &link, &tasks).await {
                Ok(()) => {
                    failures = 0;
                    limits::NOTIFIER_PERIOD
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "notifier lost its connection"
                    );
                    self.wake.notify_one();
                    RECONNECT.delay(failures)
                }
            };
            tokio::select! {
                () = drain.cancelled() => break,
                () = clock.timer("store.notifier", pause) => {}
            }
        }
        // The others poll; whatever does not arrive now they find then.
        drop(self.flush(&mut client, &link, &tasks).await);
    }

    async fn flush(
        &self,
        client: &mut Option<Client>,
        link: &Link,
        tasks: &TaskSet,
    ) -> Result<(), Error> {
        let batch: Vec<String> = self.queue.lock().drain(..).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let open = match client.take().filter(|client| !client.is_closed()) {
            Some(open) => open,
            None => match link.connect(tasks).await {
                Ok(open) => open,
                Err(error) => {
                    self.put_back(batch);
                    return Err(error);
                }
            },
        };
        if let Err(error) = open.execute(SEND, &[&CHANNEL, &batch]).await {
            self.put_back(batch);
            return Err(unreachable(error));
        }
        *client = Some(open);
        Ok(())
    }

    fn put_back(&self, batch: Vec<String>) {
        let mut queue = self.queue.lock();
        for text in batch.into_iter().rev() {
            if queue.len() < limits::NOTIFIER_QUEUE_MAX {
                queue.push_front(text);
            }
        }
    }
}
