//! Waiting for builds, agents and start-up scripts, each with its limit, all on the clock.

use muster_base::{AgentId, BuildId, limits};
use muster_bus::Topic;
use muster_store as store;
use muster_store::workspace_agents::Lifecycle;
use muster_store::workspace_builds::{self as builds, BuildAndJob};
use muster_store::workspaces::Workspace;

use super::{StartupScripts, ToolAgentStatus};
use crate::binding::select;
use crate::status::job_status;
use crate::{ConnectError, Workspaces};

/// What waiting for the agent of a workspace that is up has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AgentReport {
    pub(super) status: Option<ToolAgentStatus>,
    pub(super) error: Option<String>,
    pub(super) scripts: Option<StartupScripts>,
    pub(super) lifecycle: Option<Lifecycle>,
}

impl AgentReport {
    fn problem(status: ToolAgentStatus, error: &str) -> Self {
        Self {
            status: Some(status),
            error: Some(error.to_owned()),
            ..Self::default()
        }
    }
}

impl Workspaces {
    /// Waits until a build's job has ended; what it was when the limit passed otherwise.
    pub(super) async fn wait_for_build(
        &self,
        workspace: &Workspace,
        id: BuildId,
    ) -> Result<BuildAndJob, store::Error> {
        let hints = self
            .0
            .store
            .bus()
            .subscribe([Topic::Workspace(workspace.id)]);
        let mut limit = self.0.clock.timer("tool.build_limit", limits::BUILD_WAIT);
        loop {
            let build = self
                .0
                .store
                .read("tool.get_build", move |tx| {
                    Box::pin(async move {
                        let build = builds::get(tx, id).await?;
                        builds::with_job(tx, build).await
                    })
                })
                .await?;
            if !job_status(&build.job).is_active() {
                return Ok(build);
            }
            let poll = self
                .0
                .clock
                .timer("tool.build_poll", limits::BUILD_WAIT_POLL);
            tokio::select! {
                biased;
                () = &mut limit => return Ok(build),
                _ = hints.recv() => {}
                () = poll => {}
            }
        }
    }

    /// Waits until the agent of a workspace that is up answers and is ready.
    pub(super) async fn wait_for_agent(
        &self,
        workspace: &Workspace,
    ) -> Result<AgentReport, store::Error> {
        let latest = self.latest(workspace.id).await?;
        let agent = match select(latest.map(|latest| latest.agents).unwrap_or_default(), None) {
            Ok(agent) => agent,
            Err(error @ ConnectError::Selection { .. }) => {
                let status = ToolAgentStatus::SelectionError;
                return Ok(AgentReport::problem(status, &error.to_string()));
            }
            Err(error) => {
                return Ok(AgentReport::problem(
                    ToolAgentStatus::NoAgent,
                    &error.to_string(),
                ));
            }
        };
        let within = limits::AGENT_WAIT;
        let dialled = self
            .0
            .clock
            .timeout("tool.agent_limit", within, self.dial(agent.id));
        if dialled.await.is_err() {
            let error = "the workspace's agent has not connected yet";
            return Ok(AgentReport::problem(ToolAgentStatus::NotReady, error));
        }
        self.wait_for_scripts(agent.id).await
    }

    /// Dials in attempts with pauses, for ever.
    async fn dial(&self, id: AgentId) {
        while let Err(error) = self.0.dialer.dial(id, limits::AGENT_DIAL_ATTEMPT).await {
            tracing::debug!(agent.id = %id, error = %error, "agent not reached yet");
            self.0
                .clock
                .timer("tool.dial_pause", limits::AGENT_DIAL_PAUSE)
                .await;
        }
    }

    async fn wait_for_scripts(&self, id: AgentId) -> Result<AgentReport, store::Error> {
        let hints = self.0.store.bus().subscribe([Topic::Agent(id)]);
        let mut limit = self
            .0
            .clock
            .timer("tool.scripts_limit", limits::STARTUP_SCRIPTS_WAIT);
        loop {
            let Some(agent) = self.get_agent(id).await? else {
                return Ok(AgentReport::problem(
                    ToolAgentStatus::NoAgent,
                    "the agent is gone",
                ));
            };
            let state = agent.lifecycle_state;
            if let Some(scripts) = scripts_ended(state) {
                return Ok(AgentReport {
                    scripts,
                    lifecycle: scripts.map(|_| state),
                    ..AgentReport::default()
                });
            }
            let poll = self
                .0
                .clock
                .timer("tool.scripts_poll", limits::BUILD_WAIT_POLL);
            tokio::select! {
                biased;
                () = &mut limit => return Ok(AgentReport {
                    scripts: Some(StartupScripts::StartupScriptsTimeout),
                    lifecycle: Some(state),
                    ..AgentReport::default()
                }),
                _ = hints.recv() => {}
                () = poll => {}
            }
        }
    }
}

/// How the start-up scripts ended: `None` while they run, `Some(None)` when all is well.
const fn scripts_ended(state: Lifecycle) -> Option<Option<StartupScripts>> {
    match state {
        Lifecycle::Created | Lifecycle::Starting => None,
        Lifecycle::Ready => Some(None),
        Lifecycle::StartTimeout => Some(Some(StartupScripts::StartupScriptsTimeout)),
        Lifecycle::StartError => Some(Some(StartupScripts::StartupScriptsFailed)),
        Lifecycle::ShuttingDown
        | Lifecycle::Off
        | Lifecycle::ShutdownTimeout
        | Lifecycle::ShutdownError => Some(Some(StartupScripts::StartupScriptsUnknown)),
    }
}
