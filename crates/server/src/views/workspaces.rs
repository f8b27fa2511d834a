//! Workspaces, builds and agents. Their statuses are derived here and stored nowhere.

use std::time::Duration;

use muster_api as api;
use muster_base::Micros;
use muster_store::jobs::Job;
use muster_store::templates::Template;
use muster_store::workspace_agents::Agent;
use muster_store::workspace_builds::BuildAndJob;
use muster_store::workspace_resources::Resource;
use muster_store::workspaces::Workspace;
use muster_workspaces::status::{AgentStatus, agent_status, build_status, job_status};
use serde::Serialize;

/// What an agent's status depends on besides its row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) now: Micros,
    pub(crate) inactive_after: Duration,
}

/// The wire form of a status.
fn word(status: impl Serialize) -> String {
    match serde_json::to_value(status) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

pub(crate) fn workspace(
    workspace: &Workspace,
    owner_name: &str,
    template: &Template,
    latest_build: Option<api::WorkspaceBuild>,
) -> api::Workspace {
    let agents = latest_build.iter().flat_map(|build| &build.resources);
    let agents = agents.flat_map(|resource| &resource.agents);
    let failing = agents
        .filter(|agent| !agent.health.healthy)
        .map(|agent| agent.id);
    let failing_agents: Vec<_> = failing.collect();
    let isolation = workspace.isolation.as_ref();
    let level = isolation.and_then(|isolation| isolation.get("level"));
    api::Workspace {
        id: workspace.id.0,
        created_at: workspace.created_at.into(),
        updated_at: workspace.updated_at.into(),
        owner_id: workspace.owner_id.0,
        owner_name: owner_name.to_owned(),
        organization_id: workspace.organization_id.0,
        template_id: template.id.0,
        template_name: template.name.clone(),
        template_display_name: template.display_name.clone(),
        template_icon: template.icon.clone(),
        latest_build,
        name: workspace.name.clone(),
        last_used_at: workspace.last_used_at.into(),
        health: api::WorkspaceHealth {
            healthy: failing_agents.is_empty(),
            failing_agents,
        },
        isolation: level.and_then(|level| level.as_str()).map(str::to_owned),
    }
}

pub(crate) fn build(
    workspace: &Workspace,
    owner_name: &str,
    both: &BuildAndJob,
    resources: Vec<api::WorkspaceResource>,
) -> api::WorkspaceBuild {
    let BuildAndJob { build, job } = both;
    api::WorkspaceBuild {
        id: build.id.0,
        created_at: build.created_at.into(),
        updated_at: build.updated_at.into(),
        workspace_id: workspace.id.0,
        workspace_name: workspace.name.clone(),
        workspace_owner_id: workspace.owner_id.0,
        workspace_owner_name: owner_name.to_owned(),
        template_version_id: build.template_version_id.0,
        build_number: build.build_number,
        transition: build.transition.to_string(),
        initiator_id: build.initiator_id.unwrap_or(workspace.owner_id).0,
        job: self::job(job),
        reason: build.reason.to_string(),
        resources,
        status: word(build_status(both)),
    }
}

fn job(job: &Job) -> api::WorkspaceJob {
    api::WorkspaceJob {
        id: job.id.0,
        created_at: job.created_at.into(),
        started_at: job.started_at.map(Into::into),
        completed_at: job.completed_at.map(Into::into),
        canceled_at: job.canceled_at.map(Into::into),
        error: job.error.clone(),
        error_code: job.error_code.as_ref().map(ToString::to_string),
        status: word(job_status(job)),
    }
}

pub(crate) fn resources(
    resources: &[Resource],
    agents: &[Agent],
    now: Now,
) -> Vec<api::WorkspaceResource> {
    let shown = resources.iter().map(|resource| {
        let of = agents
            .iter()
            .filter(|agent| agent.resource_id == resource.id);
        api::WorkspaceResource {
            id: resource.id.0,
            name: resource.name.clone(),
            kind: resource.kind.clone(),
            agents: of.map(|agent| self::agent(agent, now)).collect(),
        }
    });
    shown.collect()
}

fn agent(agent: &Agent, now: Now) -> api::WorkspaceAgent {
    let status = agent_status(agent, now.now, now.inactive_after);
    api::WorkspaceAgent {
        id: agent.id.0,
        created_at: agent.created_at.into(),
        first_connected_at: agent.first_connected_at.map(Into::into),
        last_connected_at: agent.last_connected_at.map(Into::into),
        disconnected_at: agent.disconnected_at.map(Into::into),
        status: word(status),
        lifecycle_state: agent.lifecycle_state.to_string(),
        name: agent.name.clone(),
        resource_id: agent.resource_id.0,
        architecture: agent.architecture.clone(),
        operating_system: agent.operating_system.clone(),
        directory: agent.directory.clone(),
        version: agent.version.clone(),
        api_version: agent.api_version.clone(),
        health: health(status),
    }
}

fn health(status: AgentStatus) -> api::AgentHealth {
    let reason = match status {
        AgentStatus::Connected => None,
        AgentStatus::Connecting => Some("the agent has not connected yet"),
        AgentStatus::Disconnected => Some("the agent has lost its connection"),
        AgentStatus::Timeout => Some("the agent did not connect in time"),
    };
    api::AgentHealth {
        healthy: reason.is_none(),
        reason: reason.map(str::to_owned),
    }
}
