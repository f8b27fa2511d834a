//! The way of a person to an agent: a terminal, the live changes.
//!
//! Unlike a chat's tools a person does not wait for an agent that is not there, and nothing
//! that is found out is stored.

use std::time::Duration;

use muster_agent_link::{AgentClient, Error as LinkError};
use muster_store as store;
use muster_store::workspace_agents::Agent;

use crate::status::AgentStatus;
use crate::{ChatBinding, ConnectError, Workspaces};

/// An agent can't be reached for a person.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The chat works nowhere yet.
    #[error("the chat has no workspace")]
    NoWorkspace,
    /// The workspace is down, or its latest build has no agent to choose.
    #[error("the workspace has no agent")]
    NoAgent,
    /// There is one, but it is not connected.
    #[error("the agent is not connected")]
    NotConnected(AgentStatus),
    /// It is connected, but its link did not come in time.
    #[error("the agent did not answer in time")]
    DialTimeout,
    /// The link failed in another way.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Workspaces {
    /// A link to the agent that a chat works with.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn reach_chat(
        &self,
        binding: ChatBinding,
        deadline: Duration,
    ) -> Result<AgentClient, ReachError> {
        let bound = match binding.agent_id {
            Some(agent) => self.get_agent(agent).await?,
            None => None,
        };
        let earlier = bound.as_ref().map(|agent| agent.name.as_str());
        let (_, agent) = self.resolve(binding, earlier).await.map_err(unresolved)?;
        self.reach_agent(&agent, deadline).await
    }

    /// A link to an agent that is connected.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn reach_agent(
        &self,
        agent: &Agent,
        deadline: Duration,
    ) -> Result<AgentClient, ReachError> {
        match self.status_of(agent) {
            _ if agent.deleted => return Err(ReachError::NoAgent),
            AgentStatus::Connected => {}
            status @ (AgentStatus::Connecting
            | AgentStatus::Disconnected
            | AgentStatus::Timeout) => return Err(ReachError::NotConnected(status)),
        }
        match self.dialer().dial(agent.id, deadline).await {
            Err(LinkError::NotConnected { agent_id: _ }) => Err(ReachError::DialTimeout),
            dialled => Ok(dialled?),
        }
    }
}

fn unresolved(error: ConnectError) -> ReachError {
    match error {
        ConnectError::NoWorkspace | ConnectError::Deleted => ReachError::NoWorkspace,
        ConnectError::Stopped
        | ConnectError::Building
        | ConnectError::BuildFailed
        | ConnectError::NoAgent
        | ConnectError::Selection { .. } => ReachError::NoAgent,
        ConnectError::Disconnected => ReachError::NotConnected(AgentStatus::Disconnected),
        ConnectError::DialTimeout => ReachError::DialTimeout,
        ConnectError::Link(error) => ReachError::Link(error),
        ConnectError::Store(error) => ReachError::Store(error),
    }
}
