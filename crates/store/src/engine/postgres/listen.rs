//! The listener: what other replicas committed, told here.

use std::future::poll_fn;
use std::sync::Arc;

use muster_base::{ReplicaId, TaskSet};
use muster_bus::Envelope;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client, Notification};

use super::link::Link;
use super::notify::{CHANNEL, RECONNECT};
use super::unreachable;
use crate::Error;
use crate::options::Shared;

/// One connection that listens, and how to get the next one.
pub(super) struct Listener {
    link: Link,
    replica: ReplicaId,
    shared: Arc<Shared>,
    current: Listening,
}

/// The connection lives as long as its client; the task ends with the connection.
struct Listening {
    _client: Client,
    ended: JoinHandle<Option<()>>,
}

impl Listener {
    /// Listens at once, so that nothing said after the store is open goes unheard.
    pub(super) async fn open(
        link: Link,
        replica: ReplicaId,
        shared: Arc<Shared>,
        tasks: &TaskSet,
    ) -> Result<Self, Error> {
        let current = listen(&link, replica, &shared, tasks).await?;
        Ok(Self {
            link,
            replica,
            shared,
            current,
        })
    }

    /// Listens again whenever the connection is lost; then everybody must re-read.
    pub(super) async fn run(mut self, tasks: TaskSet) {
        let drain = tasks.drain().clone();
        loop {
            tokio::select! {
                () = drain.cancelled() => return,
                _ = &mut self.current.ended => {}
            }
            tracing::warn!("listener lost its connection");
            let mut failures = 0;
            loop {
                match listen(&self.link, self.replica, &self.shared, &tasks).await {
                    Ok(listening) => {
                        self.current = listening;
                        break;
                    }
                    Err(error) => {
                        failures += 1;
                        tracing::debug!(%error, failures, "listener can't connect");
                    }
                }
                let pause = RECONNECT.delay(failures);
                tokio::select! {
                    () = drain.cancelled() => return,
                    () = self.shared.clock.timer("store.listener", pause) => {}
                }
            }
            self.shared.bus.resync();
        }
    }
}

async fn listen(
    link: &Link,
    replica: ReplicaId,
    shared: &Arc<Shared>,
    tasks: &TaskSet,
) -> Result<Listening, Error> {
    let (client, mut connection) = link.connect_raw().await?;
    let bus = shared.bus.clone();
    let drain = tasks.drain().clone();
    let pump = async move {
        loop {
            let message = tokio::select! {
                () = drain.cancelled() => break,
                message = poll_fn(|cx| connection.poll_message(cx)) => message,
            };
            match message {
                Some(Ok(AsyncMessage::Notification(note))) => {
                    if let Some(event) = foreign(&note, replica) {
                        bus.deliver(vec![event]);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            }
        }
    };
    let ended = tasks.spawn("store.listener.pump", pump);
    client
        .batch_execute(&format!("listen {CHANNEL}"))
        .await
        .map_err(unreachable)?;
    Ok(Listening {
        _client: client,
        ended,
    })
}

/// The event of another replica.
fn foreign(note: &Notification, own: ReplicaId) -> Option<muster_bus::Event> {
    match serde_json::from_str::<Envelope>(note.payload()) {
        Ok(envelope) => (envelope.replica != own).then_some(envelope.event),
        Err(error) => {
            // A newer release may say things that this one does not know.
            tracing::debug!(%error, "notification is not understood");
            None
        }
    }
}
