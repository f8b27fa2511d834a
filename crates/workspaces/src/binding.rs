//! Which agent a chat talks to (F05).
//!
//! A bound agent is dialled at once, without a look at the latest build. Only when it is
//! still pending after five seconds the latest build is consulted: the same agent is waited
//! for, another one replaces it, none is an error at once.

use std::time::Duration;

use muster_agent_link::{AgentClient, Error as LinkError};
use muster_base::{AgentId, BuildId, WorkspaceId, limits};
use muster_store as store;
use muster_store::workspace_agents::{self as agents, Agent};
use muster_store::workspace_builds::{self as builds, BuildAndJob};
use muster_store::workspaces::{self as rows, Workspace};
use serde::{Deserialize, Serialize};

use crate::Workspaces;
use crate::status::{AgentStatus, WorkspaceStatus, agent_status, build_status};

/// The three columns of a chat that say where it works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatBinding {
    /// The workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// The build that the agent belongs to.
    pub build_id: Option<BuildId>,
    /// The agent.
    pub agent_id: Option<AgentId>,
}

impl ChatBinding {
    /// Bound to a workspace, its agent to be found at the next use.
    #[must_use]
    pub const fn to_workspace(workspace_id: WorkspaceId) -> Self {
        Self {
            workspace_id: Some(workspace_id),
            build_id: None,
            agent_id: None,
        }
    }
}

/// A link to the chat's agent.
#[derive(Debug)]
pub struct Connection {
    /// Makes the calls.
    pub client: AgentClient,
    /// The whole binding.
    pub binding: ChatBinding,
    /// Whether it differs from the one that was asked with and must be stored.
    pub is_repaired: bool,
}

/// The chat's agent cannot be reached. Each variant tells the model another thing to do.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The chat has no workspace yet.
    #[error("this chat has no workspace; use create_workspace to create one")]
    NoWorkspace,
    /// It was deleted.
    #[error("the workspace was deleted; use create_workspace to create another one")]
    Deleted,
    /// It is down.
    #[error("the workspace is stopped; use start_workspace to start it")]
    Stopped,
    /// It is on its way up or down.
    #[error(
        "the workspace is not running yet: a build is in progress; use start_workspace to wait for it"
    )]
    Building,
    /// Its latest build did not succeed.
    #[error("the workspace's latest build has failed; use start_workspace to start it again")]
    BuildFailed,
    /// The latest build has no agent.
    #[error("no agent in the latest build")]
    NoAgent,
    /// Several agents, and none is the one that the chat used.
    #[error("the workspace has several agents and none is called `{wanted}`: {}", .names.join(", "))]
    Selection {
        /// The name of the agent that the chat used.
        wanted: String,
        /// Those that are there.
        names: Vec<String>,
    },
    /// The agent was connected once and is gone.
    #[error("the workspace's agent is disconnected; use start_workspace to start it again")]
    Disconnected,
    /// The agent did not come in time.
    #[error("the workspace's agent did not connect in time; try once more, then ask the user")]
    DialTimeout,
    /// The link failed in another way.
    #[error(transparent)]
    Link(LinkError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The latest build of a workspace with its agents.
pub(crate) struct Latest {
    pub(crate) workspace: Workspace,
    pub(crate) build: BuildAndJob,
    pub(crate) agents: Vec<Agent>,
}

impl Latest {
    pub(crate) fn status(&self) -> WorkspaceStatus {
        build_status(&self.build)
    }
}

impl Workspaces {
    /// A link to the chat's agent, found or awaited for at most `deadline`.
    ///
    /// # Errors
    /// What stands in the way, told apart by what can be done about it.
    pub async fn connect(
        &self,
        binding: ChatBinding,
        deadline: Duration,
    ) -> Result<Connection, ConnectError> {
        let bound = match binding.agent_id {
            Some(agent) => self.get_agent(agent).await?.filter(|agent| !agent.deleted),
            None => None,
        };
        let Some(bound) = bound else {
            let agent = self.resolve(binding, None).await?;
            return self.dial_new(binding, agent, deadline).await;
        };
        let first = limits::BINDING_VALIDATION_DELAY.min(deadline);
        match self.0.dialer.dial(bound.id, first).await {
            Ok(client) => return Ok(unchanged(client, binding)),
            Err(LinkError::NotConnected { agent_id: _ }) => {}
            Err(error) => return Err(ConnectError::Link(error)),
        }
        let (build, agent) = self.resolve(binding, Some(&bound.name)).await?;
        let left = deadline.saturating_sub(first);
        if agent.id == bound.id && binding.build_id == Some(build) {
            let client = self.wait_for(&agent, left).await?;
            return Ok(unchanged(client, binding));
        }
        self.dial_new(binding, (build, agent), left).await
    }

    async fn dial_new(
        &self,
        binding: ChatBinding,
        (build, agent): (BuildId, Agent),
        deadline: Duration,
    ) -> Result<Connection, ConnectError> {
        let client = self.wait_for(&agent, deadline).await?;
        let binding = ChatBinding {
            workspace_id: binding.workspace_id,
            build_id: Some(build),
            agent_id: Some(agent.id),
        };
        Ok(Connection {
            client,
            binding,
            is_repaired: true,
        })
    }

    /// Waits for an agent that the latest build names; the error says why it did not come.
    async fn wait_for(
        &self,
        agent: &Agent,
        deadline: Duration,
    ) -> Result<AgentClient, ConnectError> {
        match self.0.dialer.dial(agent.id, deadline).await {
            Ok(client) => Ok(client),
            Err(LinkError::NotConnected { agent_id: _ }) => {
                let now = self.get_agent(agent.id).await?;
                match now.map(|agent| self.status_of(&agent)) {
                    Some(AgentStatus::Disconnected | AgentStatus::Timeout) => {
                        Err(ConnectError::Disconnected)
                    }
                    Some(AgentStatus::Connecting | AgentStatus::Connected) => {
                        Err(ConnectError::DialTimeout)
                    }
                    None => Err(ConnectError::NoAgent),
                }
            }
            Err(error) => Err(ConnectError::Link(error)),
        }
    }

    /// The agent of the latest build that the chat should use.
    pub(crate) async fn resolve(
        &self,
        binding: ChatBinding,
        earlier: Option<&str>,
    ) -> Result<(BuildId, Agent), ConnectError> {
        let workspace = binding.workspace_id.ok_or(ConnectError::NoWorkspace)?;
        let latest = self.latest(workspace).await?.ok_or(ConnectError::Deleted)?;
        match latest.status() {
            WorkspaceStatus::Running | WorkspaceStatus::Starting => {}
            WorkspaceStatus::Deleting | WorkspaceStatus::Deleted => {
                return Err(ConnectError::Deleted);
            }
            WorkspaceStatus::Stopping | WorkspaceStatus::Stopped => {
                return Err(ConnectError::Stopped);
            }
            WorkspaceStatus::Pending | WorkspaceStatus::Canceling => {
                return Err(ConnectError::Building);
            }
            WorkspaceStatus::Failed | WorkspaceStatus::Canceled => {
                return Err(ConnectError::BuildFailed);
            }
        }
        let build = latest.build.build.id;
        Ok((build, select(latest.agents, earlier)?))
    }

    /// The computed status of an agent, now.
    pub(crate) fn status_of(&self, agent: &Agent) -> AgentStatus {
        agent_status(
            agent,
            self.0.clock.now(),
            self.0.options.agent_inactive_after,
        )
    }

    pub(crate) async fn get_agent(&self, id: AgentId) -> Result<Option<Agent>, store::Error> {
        self.0
            .store
            .read("binding.get_agent", move |tx| {
                Box::pin(async move { agents::get(tx, id).await })
            })
            .await
    }

    /// The workspace with its latest build; `None` when it is deleted or missing.
    pub(crate) async fn latest(&self, id: WorkspaceId) -> Result<Option<Latest>, store::Error> {
        let latest = self
            .0
            .store
            .read("binding.get_latest", move |tx| {
                Box::pin(async move {
                    let workspace = rows::get(tx, id).await?;
                    let build = builds::get_latest(tx, id).await?;
                    let Some(build) = build.filter(|_| !workspace.deleted) else {
                        return Ok(None);
                    };
                    let agents = agents::list_by_build(tx, build.id).await?;
                    let build = builds::with_job(tx, build).await?;
                    Ok(Some(Latest {
                        workspace,
                        build,
                        agents,
                    }))
                })
            })
            .await;
        match latest {
            Err(store::Error::NotFound { what: _ }) => Ok(None),
            other => other,
        }
    }
}

const fn unchanged(client: AgentClient, binding: ChatBinding) -> Connection {
    Connection {
        client,
        binding,
        is_repaired: false,
    }
}

/// The agent that the chat used by name, else the template's first root agent.
pub(crate) fn select(agents: Vec<Agent>, earlier: Option<&str>) -> Result<Agent, ConnectError> {
    let mut roots: Vec<Agent> = agents
        .into_iter()
        .filter(|a| a.parent_id.is_none())
        .collect();
    let named = earlier.and_then(|name| roots.iter().position(|agent| agent.name == name));
    match (named, earlier) {
        (Some(index), _) => Ok(roots.swap_remove(index)),
        (None, Some(wanted)) if roots.len() > 1 => Err(ConnectError::Selection {
            wanted: wanted.to_owned(),
            names: roots.into_iter().map(|agent| agent.name).collect(),
        }),
        (None, _) => roots.into_iter().next().ok_or(ConnectError::NoAgent),
    }
}
