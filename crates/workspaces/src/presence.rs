//! Who is connected: writes the agents' connection times.
//!
//! A reconciler: it compares the links of this process with what it has recorded and writes
//! the difference, the same whether a link's event woke it or its timer. Heartbeats of all
//! agents are one statement.

use std::collections::HashMap;
use std::sync::Arc;

use muster_agent_link::LinkEvent;
use muster_agent_link::wire::AgentInfo;
use muster_base::{AgentId, ConnectionId, Micros, limits};
use muster_store::Tx;
use muster_store::workspace_agents::{self, Connection, Lifecycle};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::{Error, Workspaces};

/// The recorded links, and what their agents said about themselves.
struct Presence {
    recorded: HashMap<AgentId, ConnectionId>,
    infos: HashMap<ConnectionId, Arc<AgentInfo>>,
    /// Up to when silent changes of status were announced.
    announced_until: Micros,
}

/// Keeps the times until `drain` fires. The links that end with this process are not recorded
/// as ended: after a restart their agents are back before anybody would notice.
pub(crate) async fn run(workspaces: Workspaces, drain: CancellationToken) {
    let mut events = workspaces.0.options.registry.subscribe();
    let mut presence = Presence {
        recorded: HashMap::new(),
        infos: HashMap::new(),
        announced_until: workspaces.0.clock.now(),
    };
    loop {
        let period = limits::AGENT_HEARTBEAT_WRITE_PERIOD;
        let timer = workspaces.0.clock.timer("agents.beat", period);
        tokio::select! {
            biased;
            () = drain.cancelled() => break,
            event = events.recv() => presence.heard(&event),
            () = timer => presence.beat(&workspaces).await,
        }
        while let Ok(event) = events.try_recv() {
            presence.heard(&Ok(event));
        }
        presence.converge(&workspaces).await;
    }
}

impl Presence {
    fn heard(&mut self, event: &Result<LinkEvent, RecvError>) {
        match event {
            Ok(LinkEvent::Connected {
                agent_id: _,
                connection_id,
                info,
            }) => {
                self.infos.insert(*connection_id, info.clone());
            }
            Ok(LinkEvent::Closed {
                agent_id: _,
                connection_id,
                reason: _,
            }) => {
                self.infos.remove(connection_id);
            }
            // The pass that follows reads the registry itself.
            Err(RecvError::Lagged(_) | RecvError::Closed) => {}
        }
    }

    /// Records links that are new and links that are gone.
    async fn converge(&mut self, workspaces: &Workspaces) {
        let live: HashMap<AgentId, ConnectionId> = workspaces
            .0
            .options
            .registry
            .connections()
            .into_iter()
            .map(|(agent, connection, _)| (agent, connection))
            .collect();
        for (agent, connection) in &live {
            if self.recorded.get(agent) == Some(connection) {
                continue;
            }
            let info = self.infos.get(connection).cloned();
            if report(&workspaces.connected(*agent, *connection, info).await) {
                self.recorded.insert(*agent, *connection);
            }
        }
        let gone: Vec<(AgentId, ConnectionId)> = self
            .recorded
            .iter()
            .filter(|(agent, _)| !live.contains_key(agent))
            .map(|(agent, connection)| (*agent, *connection))
            .collect();
        for (agent, connection) in gone {
            if report(&workspaces.disconnected(agent, connection).await) {
                self.recorded.remove(&agent);
            }
        }
    }

    /// Writes the heartbeats and tells watchers of agents whose time has run out.
    async fn beat(&mut self, workspaces: &Workspaces) {
        let agents: Vec<AgentId> = self.recorded.keys().copied().collect();
        if !agents.is_empty() {
            report(&workspaces.beat(agents).await);
        }
        let until = workspaces.0.clock.now();
        let announced = workspaces
            .announce_overdue(self.announced_until, until)
            .await;
        if report(&announced) {
            self.announced_until = until;
        }
    }
}

fn report(result: &Result<(), Error>) -> bool {
    if let Err(error) = result {
        // The next pass is the retry.
        tracing::warn!(error = %error, "agent connection time not written");
    }
    result.is_ok()
}

impl Workspaces {
    fn connection(&self, agent_id: AgentId, connection_id: ConnectionId) -> Connection {
        Connection {
            agent_id,
            replica_id: self.0.options.replica_id,
            connection_id,
        }
    }

    async fn connected(
        &self,
        agent: AgentId,
        connection: ConnectionId,
        info: Option<Arc<AgentInfo>>,
    ) -> Result<(), Error> {
        let connection = self.connection(agent, connection);
        self.0
            .store
            .write("workspace_agent.connected", move |tx| {
                let (connection, info) = (connection.clone(), info.clone());
                Box::pin(async move {
                    let (version, api_version) = info
                        .as_ref()
                        .map_or(("", ""), |i| (i.version.as_str(), i.api_version.as_str()));
                    workspace_agents::set_connected(tx, &connection, version, api_version).await?;
                    ready_without_scripts(tx, connection.agent_id).await
                })
            })
            .await
    }

    async fn disconnected(&self, agent: AgentId, connection: ConnectionId) -> Result<(), Error> {
        let connection = self.connection(agent, connection);
        self.0
            .store
            .write("workspace_agent.disconnected", move |tx| {
                let connection = connection.clone();
                Box::pin(async move {
                    workspace_agents::set_disconnected(tx, &connection).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn beat(&self, agents: Vec<AgentId>) -> Result<(), Error> {
        let replica = self.0.options.replica_id;
        self.0
            .store
            .write("workspace_agent.beat", move |tx| {
                let agents = agents.clone();
                Box::pin(async move {
                    let stale = tx.now() - limits::AGENT_HEARTBEAT_FRESH;
                    workspace_agents::beat(tx, replica, &agents, stale).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn announce_overdue(&self, since: Micros, until: Micros) -> Result<(), Error> {
        let inactive_after = self.0.options.agent_inactive_after;
        self.0
            .store
            .write("workspace_agent.announce_overdue", move |tx| {
                Box::pin(async move {
                    workspace_agents::announce_overdue(tx, since, until, inactive_after).await?;
                    Ok(())
                })
            })
            .await
    }
}

/// An agent without start-up scripts is ready as soon as it is there.
async fn ready_without_scripts(tx: &mut Tx<'_>, id: AgentId) -> Result<(), Error> {
    let Some(agent) = workspace_agents::get(tx, id).await? else {
        return Ok(());
    };
    let scripts = agent.scripts.as_array().map_or(0, Vec::len);
    let next = if scripts == 0 {
        Lifecycle::Ready
    } else {
        Lifecycle::Starting
    };
    workspace_agents::set_lifecycle(tx, id, next).await?;
    Ok(())
}
