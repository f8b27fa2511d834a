//! Workspace agents: one row per agent of a start build, with its connection times.
//!
//! A status is never stored (`workspaces::agent_status` derives it). Of the token only the
//! hash is here.

use std::collections::BTreeMap;
use std::time::Duration;

use muster_base::{AgentId, BuildId, ConnectionId, Micros, ReplicaId, ResourceId, WorkspaceId};
use muster_bus::Event;
use muster_rbac::{Action, Actor, authorize};
use serde_json::Value as Json;

use crate::wire_enum::wire_enum;
use crate::workspace_builds;
use crate::workspace_resources::{self, Resource};
use crate::workspaces;
use crate::{Error, Row, Store, Tx, Value, params};

wire_enum! {
    /// How far an agent's own start or end has come; only ever goes forward.
    pub enum Lifecycle {
        /// Not heard of yet.
        Created = "created",
        /// Running its start-up scripts.
        Starting = "starting",
        /// Scripts are done.
        Ready = "ready",
        /// Scripts took too long.
        StartTimeout = "start_timeout",
        /// A script failed.
        StartError = "start_error",
        /// Running its stop scripts.
        ShuttingDown = "shutting_down",
        /// Ended.
        Off = "off",
        /// Stop scripts took too long.
        ShutdownTimeout = "shutdown_timeout",
        /// A stop script failed.
        ShutdownError = "shutdown_error",
    }
}

/// One agent.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Agent {
    pub id: AgentId,
    pub resource_id: ResourceId,
    pub parent_id: Option<AgentId>,
    pub name: String,
    pub operating_system: String,
    pub architecture: String,
    pub version: String,
    pub api_version: String,
    pub directory: String,
    pub expanded_directory: String,
    pub environment_variables: BTreeMap<String, String>,
    pub scripts: Json,
    pub motd: String,
    pub connection_timeout_seconds: i64,
    pub first_connected_at: Option<Micros>,
    pub last_connected_at: Option<Micros>,
    pub disconnected_at: Option<Micros>,
    pub last_connected_replica_id: Option<ReplicaId>,
    pub last_connection_id: Option<ConnectionId>,
    pub lifecycle_state: Lifecycle,
    pub started_at: Option<Micros>,
    pub ready_at: Option<Micros>,
    pub deleted: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// An agent to be written.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewAgent {
    pub id: AgentId,
    pub resource_id: ResourceId,
    pub name: String,
    /// Place in the document.
    pub display_order: i64,
    pub auth_token_hash: Vec<u8>,
    pub operating_system: String,
    pub architecture: String,
    pub directory: String,
    pub environment_variables: BTreeMap<String, String>,
    pub scripts: Json,
    pub motd: String,
    pub connection_timeout_seconds: i64,
}

/// What a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// The agent.
    pub agent_id: AgentId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Whether its build is a start and still the workspace's latest, and its owner may work.
    pub is_live: bool,
}

/// A link as it is recorded on its agent.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Connection {
    pub agent_id: AgentId,
    pub replica_id: ReplicaId,
    pub connection_id: ConnectionId,
}

fn from_row(row: &Row) -> Result<Agent, Error> {
    Ok(Agent {
        id: row.get("id")?,
        resource_id: row.get("resource_id")?,
        parent_id: row.get("parent_id")?,
        name: row.get("name")?,
        operating_system: row.get("operating_system")?,
        architecture: row.get("architecture")?,
        version: row.get("version")?,
        api_version: row.get("api_version")?,
        directory: row.get("directory")?,
        expanded_directory: row.get("expanded_directory")?,
        environment_variables: row.json("environment_variables")?,
        scripts: row.get("scripts")?,
        motd: row.get("motd")?,
        connection_timeout_seconds: row.get("connection_timeout_seconds")?,
        first_connected_at: row.get("first_connected_at")?,
        last_connected_at: row.get("last_connected_at")?,
        disconnected_at: row.get("disconnected_at")?,
        last_connected_replica_id: row.get("last_connected_replica_id")?,
        last_connection_id: row.get("last_connection_id")?,
        lifecycle_state: row.get("lifecycle_state")?,
        started_at: row.get("started_at")?,
        ready_at: row.get("ready_at")?,
        deleted: row.get("deleted")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// An agent by its id.
///
/// # Errors
/// A failing database.
pub async fn get(tx: &mut Tx<'_>, id: AgentId) -> Result<Option<Agent>, Error> {
    let row = tx
        .query_opt(query!("workspace_agents/get_by_id"), &params![id])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The agents of a build that are not deleted, oldest first.
///
/// # Errors
/// A failing database.
pub async fn list_by_build(tx: &mut Tx<'_>, id: BuildId) -> Result<Vec<Agent>, Error> {
    let rows = tx
        .query(query!("workspace_agents/list_by_build"), &params![id])
        .await?;
    rows.iter().map(from_row).collect()
}

/// Whose token has this hash, if anybody's.
///
/// # Errors
/// A failing database.
pub async fn get_by_token(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<TokenOwner>, Error> {
    let row = tx
        .query_opt(query!("workspace_agents/get_by_token"), &params![hash])
        .await?;
    row.map(|row| {
        Ok(TokenOwner {
            agent_id: row.get("id")?,
            workspace_id: row.get("workspace_id")?,
            is_live: row.get("is_live")?,
        })
    })
    .transpose()
}

/// The workspace and build of an agent.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get_workspace(tx: &mut Tx<'_>, id: AgentId) -> Result<(WorkspaceId, BuildId), Error> {
    let row = tx
        .query_one(query!("workspace_agents/get_workspace"), &params![id])
        .await?;
    Ok((row.get("workspace_id")?, row.get("build_id")?))
}

/// Writes an agent.
///
/// # Errors
/// A failing database.
pub async fn insert(tx: &mut Tx<'_>, agent: &NewAgent) -> Result<(), Error> {
    let now = tx.now();
    let row = agent.clone();
    let values = params![
        row.id,
        row.resource_id,
        row.name,
        row.display_order,
        row.auth_token_hash,
        row.operating_system,
        row.architecture,
        row.directory,
        Value::json(&row.environment_variables)?,
        row.scripts,
        row.motd,
        row.connection_timeout_seconds,
        now
    ];
    tx.execute(query!("workspace_agents/insert"), &values)
        .await?;
    Ok(())
}

/// Gives an agent a new token; its time to connect begins now.
///
/// # Errors
/// A failing database.
pub async fn set_token(tx: &mut Tx<'_>, id: AgentId, hash: Vec<u8>) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(
        query!("workspace_agents/update_token"),
        &params![id, hash, now],
    )
    .await?;
    Ok(())
}

/// Marks all agents of a workspace as deleted.
///
/// # Errors
/// A failing database.
pub async fn set_deleted(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(query!("workspace_agents/update_deleted"), &params![id, now])
        .await?;
    Ok(())
}

/// Records a new link, whoever had one before.
///
/// # Errors
/// A failing database.
pub async fn set_connected(
    tx: &mut Tx<'_>,
    connection: &Connection,
    version: &str,
    api_version: &str,
) -> Result<(), Error> {
    let Connection {
        agent_id,
        replica_id,
        connection_id,
    } = *connection;
    let now = tx.now();
    let values = params![
        agent_id,
        now,
        replica_id,
        connection_id,
        version,
        api_version
    ];
    tx.execute(query!("workspace_agents/update_connected"), &values)
        .await?;
    notify(tx, agent_id).await
}

/// Records the end of a link, unless a newer one is already on record.
///
/// # Errors
/// A failing database.
pub async fn set_disconnected(tx: &mut Tx<'_>, connection: &Connection) -> Result<bool, Error> {
    let Connection {
        agent_id,
        replica_id,
        connection_id,
    } = *connection;
    let now = tx.now();
    let values = params![agent_id, now, replica_id, connection_id];
    let ours = tx
        .execute(query!("workspace_agents/update_disconnected"), &values)
        .await?
        > 0;
    if ours {
        notify(tx, agent_id).await?;
    }
    Ok(ours)
}

/// Writes the heartbeats of all agents linked to a replica, in one statement, where the
/// stored one is older than `stale`.
///
/// # Errors
/// A failing database.
pub async fn beat(
    tx: &mut Tx<'_>,
    replica: ReplicaId,
    agents: &[AgentId],
    stale: Micros,
) -> Result<u64, Error> {
    let now = tx.now();
    let ids = Value::ids(agents.iter().copied());
    let values = params![now, ids, replica, stale];
    tx.execute(query!("workspace_agents/update_heartbeats"), &values)
        .await
}

/// Agents whose computed status changed between two times although nobody wrote anything, for
/// watchers that would show the old one for ever.
///
/// # Errors
/// A failing database.
pub async fn announce_overdue(
    tx: &mut Tx<'_>,
    since: Micros,
    until: Micros,
    inactive_after: Duration,
) -> Result<usize, Error> {
    let (silent_since, silent_until) = (since - inactive_after, until - inactive_after);
    let values = params![since, until, silent_since, silent_until];
    let rows = tx
        .query(query!("workspace_agents/list_overdue"), &values)
        .await?;
    for row in &rows {
        notify(tx, row.get("id")?).await?;
    }
    Ok(rows.len())
}

/// Moves an agent's lifecycle forward; an older state than the stored one changes nothing.
///
/// # Errors
/// A failing database.
pub async fn set_lifecycle(tx: &mut Tx<'_>, id: AgentId, state: Lifecycle) -> Result<bool, Error> {
    let agent = get(tx, id).await?.ok_or(Error::NotFound {
        what: "workspace agent",
    })?;
    if state <= agent.lifecycle_state {
        return Ok(false);
    }
    let now = tx.now();
    let started = agent.started_at.unwrap_or(now);
    let ended = matches!(
        state,
        Lifecycle::Ready | Lifecycle::StartTimeout | Lifecycle::StartError
    );
    let ready = agent.ready_at.or_else(|| ended.then_some(now));
    let values = params![id, state, started, ready, now];
    tx.execute(query!("workspace_agents/update_lifecycle"), &values)
        .await?;
    notify(tx, id).await?;
    Ok(true)
}

/// Tells watchers of the agent and of its workspace.
async fn notify(tx: &mut Tx<'_>, id: AgentId) -> Result<(), Error> {
    let (workspace_id, build_id) = get_workspace(tx, id).await?;
    tx.notify(Event::Agent { agent_id: id });
    tx.notify(Event::Workspace {
        workspace_id,
        build_id: Some(build_id),
    });
    Ok(())
}

impl Store {
    /// An agent, for whoever may read its workspace.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_workspace_agent(&self, actor: &Actor, id: AgentId) -> Result<Agent, Error> {
        let actor = actor.clone();
        self.read("workspace_agent.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let (workspace, _) = get_workspace(tx, id).await?;
                let workspace = workspaces::get(tx, workspace).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                get(tx, id).await?.ok_or(Error::NotFound {
                    what: "workspace agent",
                })
            })
        })
        .await
    }

    /// An agent with its workspace, for whoever may read that.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_agent_workspace(
        &self,
        actor: &Actor,
        id: AgentId,
    ) -> Result<(Agent, workspaces::Workspace), Error> {
        let actor = actor.clone();
        self.read("workspace_agent.get_with_workspace", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let (workspace, _) = get_workspace(tx, id).await?;
                let workspace = workspaces::get(tx, workspace).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                let agent = get(tx, id).await?.ok_or(Error::NotFound {
                    what: "workspace agent",
                })?;
                Ok((agent, workspace))
            })
        })
        .await
    }

    /// An agent with its workspace, for whoever may work in that.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_agent_for_ssh(
        &self,
        actor: &Actor,
        id: AgentId,
    ) -> Result<(Agent, workspaces::Workspace), Error> {
        let actor = actor.clone();
        self.read("workspace_agent.get_for_ssh", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let (workspace, _) = get_workspace(tx, id).await?;
                let workspace = workspaces::get(tx, workspace).await?;
                authorize(&actor, Action::Ssh, &workspace.object())?;
                let agent = get(tx, id).await?.ok_or(Error::NotFound {
                    what: "workspace agent",
                })?;
                Ok((agent, workspace))
            })
        })
        .await
    }

    /// The resources and agents of a build, for whoever may read its workspace.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn list_build_agents(
        &self,
        actor: &Actor,
        id: BuildId,
    ) -> Result<(Vec<Resource>, Vec<Agent>), Error> {
        let actor = actor.clone();
        self.read("workspace_agent.list_by_build", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let build = workspace_builds::get(tx, id).await?;
                let workspace = workspaces::get(tx, build.workspace_id).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                let resources = workspace_resources::list(tx, build.job_id).await?;
                Ok((resources, list_by_build(tx, id).await?))
            })
        })
        .await
    }
}
