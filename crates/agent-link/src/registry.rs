//! Which agent is connected, and over which link.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use muster_base::{AgentId, Clock, ConnectionId, Micros, TaskSet, limits};
use parking_lot::Mutex;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::client::AgentClient;
use crate::session::{Link, Peer};
use crate::wire::{API_VERSION, AgentInfo, CloseCode};
use crate::{ByteStream, CallContext, Error};

/// Events kept for a subscriber that is behind; what is lost is found in `connections`.
const EVENTS_KEPT: usize = 1_024;

/// Why a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The transport broke, or a pong was missed.
    Lost,
    /// A newer link of the same agent took over.
    Replaced,
    /// This server is going down.
    Draining,
    /// The agent speaks another major version.
    VersionRefused,
    /// The agent's token is no longer valid.
    TokenDead,
}

impl Closed {
    const fn code(self) -> CloseCode {
        match self {
            Self::Lost => CloseCode::Other,
            Self::Replaced => CloseCode::Replaced,
            Self::Draining => CloseCode::ShuttingDown,
            Self::VersionRefused => CloseCode::VersionRefused,
            Self::TokenDead => CloseCode::TokenDead,
        }
    }
}

/// A hint that the set of links has changed.
#[derive(Clone, Debug)]
pub enum LinkEvent {
    /// An agent has connected.
    Connected {
        /// Who.
        agent_id: AgentId,
        /// Over which connection.
        connection_id: ConnectionId,
        /// What it says about itself.
        info: Arc<AgentInfo>,
    },
    /// A connection has ended. The agent may already have a newer one.
    Closed {
        /// Who.
        agent_id: AgentId,
        /// Which connection.
        connection_id: ConnectionId,
        /// Why.
        reason: Closed,
    },
}

/// The links of this replica; a cheap clone.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    clock: Clock,
    tasks: TaskSet,
    links: Mutex<HashMap<AgentId, Arc<Link>>>,
    /// Bumped when a link is entered; wakes those who wait for an agent.
    entered: watch::Sender<u64>,
    events: broadcast::Sender<LinkEvent>,
}

impl Registry {
    /// A registry without links. Its connections' tasks belong to `tasks`.
    #[must_use]
    pub fn new(clock: Clock, tasks: TaskSet) -> Self {
        Self(Arc::new(Inner {
            clock,
            tasks,
            links: Mutex::new(HashMap::new()),
            entered: watch::Sender::new(0),
            events: broadcast::Sender::new(EVENTS_KEPT),
        }))
    }

    /// Makes `stream` the agent's link and serves it until it ends; says why it ended.
    pub async fn serve(
        &self,
        agent_id: AgentId,
        connection_id: ConnectionId,
        stream: ByteStream,
        drain: CancellationToken,
    ) -> Closed {
        let peer = Peer {
            agent_id,
            connection_id,
        };
        let Ok(link) = Link::open(peer, stream, &self.0.clock, &self.0.tasks).await else {
            return Closed::Lost;
        };
        let link = Arc::new(link);
        let client = AgentClient::over(self.clone(), link.clone());
        let info = match client
            .info(&CallContext::within(limits::LINK_HANDSHAKE_LIMIT))
            .await
        {
            Ok(info) => info.bounded(),
            Err(error) => {
                tracing::warn!(agent.id = %agent_id, error = %error, "agent did not introduce itself");
                return Closed::Lost;
            }
        };
        if !same_major(&info.api_version) {
            client.farewell(Closed::VersionRefused.code()).await;
            return Closed::VersionRefused;
        }
        // Set once: this is the only introduction of the link.
        drop(link.epoch.set(info.effect_epoch.clone()));
        self.enter(&link, info);
        let reason = self.watch(&link, &client, &drain).await;
        if reason != Closed::Lost {
            client.farewell(reason.code()).await;
        }
        self.leave(&link, reason);
        reason
    }

    fn enter(&self, link: &Arc<Link>, info: AgentInfo) {
        let older = self.0.links.lock().insert(link.agent_id, link.clone());
        if let Some(older) = older {
            older.request_close(Closed::Replaced);
        }
        self.0.entered.send_modify(|version| *version += 1);
        self.publish(LinkEvent::Connected {
            agent_id: link.agent_id,
            connection_id: link.connection_id,
            info: Arc::new(info),
        });
    }

    fn leave(&self, link: &Arc<Link>, reason: Closed) {
        link.dead.cancel();
        let mut links = self.0.links.lock();
        // A newer link of the same agent must stay.
        if links
            .get(&link.agent_id)
            .is_some_and(|held| Arc::ptr_eq(held, link))
        {
            links.remove(&link.agent_id);
        }
        drop(links);
        self.publish(LinkEvent::Closed {
            agent_id: link.agent_id,
            connection_id: link.connection_id,
            reason,
        });
    }

    fn publish(&self, event: LinkEvent) {
        // Nobody listening is fine: events are hints.
        drop(self.0.events.send(event));
    }

    async fn watch(&self, link: &Link, client: &AgentClient, drain: &CancellationToken) -> Closed {
        let mut close = link.close.subscribe();
        let asked = async {
            match close.wait_for(Option::is_some).await {
                Ok(reason) => reason.unwrap_or(Closed::Lost),
                Err(_) => Closed::Lost,
            }
        };
        tokio::select! {
            biased;
            reason = asked => reason,
            () = drain.cancelled() => Closed::Draining,
            () = link.dead.cancelled() => Closed::Lost,
            () = self.ping_until_missed(link, client) => Closed::Lost,
        }
    }

    async fn ping_until_missed(&self, link: &Link, client: &AgentClient) {
        loop {
            self.0
                .clock
                .timer("link.ping", limits::LINK_PING_PERIOD)
                .await;
            if client.ping().await.is_err() {
                return;
            }
            *link.seen_at.lock() = self.0.clock.now();
        }
    }

    /// A client of the agent's present link.
    #[must_use]
    pub fn client(&self, agent_id: AgentId) -> Option<AgentClient> {
        let link = self.0.links.lock().get(&agent_id).cloned()?;
        (!link.dead.is_cancelled()).then(|| AgentClient::over(self.clone(), link))
    }

    /// Waits until the agent has a link other than `than` (the one that just died).
    pub async fn wait_client(&self, agent_id: AgentId, than: Option<ConnectionId>) -> AgentClient {
        let mut entered = self.0.entered.subscribe();
        loop {
            if let Some(client) = self.client(agent_id)
                && Some(client.connection_id()) != than
            {
                return client;
            }
            if entered.changed().await.is_err() {
                // Unreachable while `self` holds the sender; waiting is right all the same.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Closes the agent's link, if it has one, for the given reason.
    pub fn close(&self, agent_id: AgentId, reason: Closed) {
        if let Some(link) = self.0.links.lock().get(&agent_id) {
            link.request_close(reason);
        }
    }

    /// All live links with the time of the last sign of life; the truth behind the events,
    /// and the input of batched heartbeats.
    #[must_use]
    pub fn connections(&self) -> Vec<(AgentId, ConnectionId, Micros)> {
        let links = self.0.links.lock();
        links
            .values()
            .filter(|link| !link.dead.is_cancelled())
            .map(|link| (link.agent_id, link.connection_id, *link.seen_at.lock()))
            .collect()
    }

    /// Hints about links that come and go. A slow reader loses events and then reads
    /// [`Registry::connections`].
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<LinkEvent> {
        self.0.events.subscribe()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Waits for another link than `than` for at most `within`.
    pub(crate) async fn next_client(
        &self,
        agent_id: AgentId,
        than: ConnectionId,
        within: Duration,
    ) -> Result<AgentClient, Error> {
        let waiting = self.wait_client(agent_id, Some(than));
        let found = self.0.clock.timeout("link.retry", within, waiting).await;
        found.map_err(|_elapsed| Error::AgentDisconnected)
    }
}

fn same_major(version: &str) -> bool {
    let major = |text: &str| text.split('.').next().map(str::to_owned);
    major(version) == major(API_VERSION)
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.links.lock().len();
        f.debug_struct("Registry").field("links", &count).finish()
    }
}
