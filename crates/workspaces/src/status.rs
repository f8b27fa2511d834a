//! Statuses as pure functions of rows. None of them is ever stored, so none can be stale.

use std::time::Duration;

use muster_base::Micros;
use muster_store::jobs::Job;
use muster_store::workspace_agents::Agent;
use muster_store::workspace_builds::{BuildAndJob, Transition};
use serde::{Deserialize, Serialize};

/// Status of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waits for a worker.
    Pending,
    /// Has one.
    Running,
    /// Was asked to end and has not yet.
    Canceling,
    /// Did what it should.
    Succeeded,
    /// Failed.
    Failed,
    /// Ended because it was asked to.
    Canceled,
}

/// Status of a workspace, or of one of its builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table of the specification explains them")]
pub enum WorkspaceStatus {
    Pending,
    Starting,
    Running,
    Stopping,
    Stopped,
    Deleting,
    Deleted,
    Failed,
    Canceling,
    Canceled,
}

/// Status of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// Has never connected and still has time to.
    Connecting,
    /// Linked, with a fresh heartbeat.
    Connected,
    /// Was linked and is not.
    Disconnected,
    /// Has never connected and its time is over.
    Timeout,
}

/// The status of a job.
#[must_use]
pub const fn job_status(job: &Job) -> JobStatus {
    let canceled = job.canceled_at.is_some();
    match (job.completed_at.is_some(), job.started_at.is_some()) {
        (true, _) if canceled => JobStatus::Canceled,
        (true, _) if job.error.is_some() => JobStatus::Failed,
        (true, _) => JobStatus::Succeeded,
        (false, _) if canceled => JobStatus::Canceling,
        (false, true) => JobStatus::Running,
        (false, false) => JobStatus::Pending,
    }
}

/// The status that a build gives to its workspace.
#[must_use]
pub const fn workspace_status(transition: Transition, job: JobStatus) -> WorkspaceStatus {
    match (transition, job) {
        (_, JobStatus::Pending) => WorkspaceStatus::Pending,
        (_, JobStatus::Failed) => WorkspaceStatus::Failed,
        (_, JobStatus::Canceling) => WorkspaceStatus::Canceling,
        (_, JobStatus::Canceled) => WorkspaceStatus::Canceled,
        (Transition::Start, JobStatus::Running) => WorkspaceStatus::Starting,
        (Transition::Start, JobStatus::Succeeded) => WorkspaceStatus::Running,
        (Transition::Stop, JobStatus::Running) => WorkspaceStatus::Stopping,
        (Transition::Stop, JobStatus::Succeeded) => WorkspaceStatus::Stopped,
        (Transition::Delete, JobStatus::Running) => WorkspaceStatus::Deleting,
        (Transition::Delete, JobStatus::Succeeded) => WorkspaceStatus::Deleted,
    }
}

/// The status of a build.
#[must_use]
pub const fn build_status(build: &BuildAndJob) -> WorkspaceStatus {
    workspace_status(build.build.transition, job_status(&build.job))
}

impl JobStatus {
    /// Whether the job still has to end.
    #[must_use]
    pub const fn is_active(self) -> bool {
        match self {
            Self::Pending | Self::Running | Self::Canceling => true,
            Self::Succeeded | Self::Failed | Self::Canceled => false,
        }
    }
}

/// The status of an agent: the first row of the table that fits.
#[must_use]
pub fn agent_status(agent: &Agent, now: Micros, inactive_after: Duration) -> AgentStatus {
    let Some(last) = agent
        .last_connected_at
        .filter(|_| agent.first_connected_at.is_some())
    else {
        return match connection_deadline(agent) {
            Some(deadline) if now > deadline => AgentStatus::Timeout,
            Some(_) | None => AgentStatus::Connecting,
        };
    };
    if agent.disconnected_at.is_some_and(|at| at > last) || now.since(last) > inactive_after {
        AgentStatus::Disconnected
    } else {
        AgentStatus::Connected
    }
}

fn connection_deadline(agent: &Agent) -> Option<Micros> {
    let seconds = u64::try_from(agent.connection_timeout_seconds).ok()?;
    (seconds > 0).then(|| agent.created_at + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
