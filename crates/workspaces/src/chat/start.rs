//! `start_workspace`: bring the chat's workspace up and wait until it can be used.

use muster_rbac::Actor;
use muster_store::workspace_builds::{BuildReason, Transition};
use muster_store::workspaces::Workspace;

use super::{ChatDoor, ChatError, StartForChat, StartResult};
use crate::status::{WorkspaceStatus, job_status};
use crate::{ChatBinding, Error, NewBuild, Workspaces};

impl Workspaces {
    /// Starts the chat's workspace. One that is up already is a success, a build that is under
    /// way is waited for.
    ///
    /// # Errors
    /// The chat has no workspace, or the start was refused. A build that fails is a field.
    pub async fn start_for_chat(
        &self,
        owner: &Actor,
        door: &dyn ChatDoor,
        request: StartForChat,
    ) -> Result<StartResult, ChatError> {
        let _turn = self.lock_chat(request.chat_id).await;
        let binding = door.binding().await.map_err(ChatError::Chat)?;
        let id = binding.workspace_id.ok_or(ChatError::NoWorkspace)?;
        loop {
            let latest = self.latest(id).await?.ok_or(ChatError::Deleted)?;
            let is_alive = self.has_live_agent(&latest);
            let started_here = latest.build.build.effect_id == Some(request.effect_id);
            match latest.status() {
                WorkspaceStatus::Running if is_alive || started_here => {
                    return self.started(&latest.workspace).await;
                }
                WorkspaceStatus::Failed | WorkspaceStatus::Canceled if started_here => {
                    return Ok(failed(&latest.workspace, latest.build.job.error));
                }
                WorkspaceStatus::Pending
                | WorkspaceStatus::Starting
                | WorkspaceStatus::Stopping
                | WorkspaceStatus::Deleting
                | WorkspaceStatus::Canceling => {
                    let build = latest.build.build.id;
                    let build = self.wait_for_build(&latest.workspace, build).await?;
                    if job_status(&build.job).is_active() {
                        return Ok(unfinished(&latest.workspace));
                    }
                }
                WorkspaceStatus::Deleted => return Err(ChatError::Deleted),
                // An agent that is gone for good comes back only with another start.
                WorkspaceStatus::Running
                | WorkspaceStatus::Stopped
                | WorkspaceStatus::Failed
                | WorkspaceStatus::Canceled => {
                    let newest = latest.build.build.build_number;
                    if !self
                        .start(owner, &latest.workspace, &request, newest)
                        .await?
                    {
                        return Ok(overtaken(&latest.workspace));
                    }
                    let unbound = ChatBinding::to_workspace(id);
                    door.bind(unbound).await.map_err(ChatError::Chat)?;
                }
            }
        }
    }

    /// Asks for the build. False when an earlier run of this call already had one and others
    /// have followed it.
    async fn start(
        &self,
        owner: &Actor,
        workspace: &Workspace,
        request: &StartForChat,
        newest: i64,
    ) -> Result<bool, ChatError> {
        let build = NewBuild {
            effect_id: Some(request.effect_id),
            ..NewBuild::new(Transition::Start, BuildReason::Chat)
        };
        match self.build(owner, workspace.id, build).await {
            Ok(build) => Ok(build.build.build_number > newest),
            // Somebody else's build came first: it is waited for.
            Err(Error::BuildActive) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    async fn started(&self, workspace: &Workspace) -> Result<StartResult, ChatError> {
        let report = self.wait_for_agent(workspace).await?;
        Ok(StartResult {
            started: true,
            workspace_name: workspace.name.clone(),
            agent_status: report.status,
            message: report.error,
        })
    }
}

fn failed(workspace: &Workspace, error: Option<String>) -> StartResult {
    StartResult {
        message: Some(error.unwrap_or_else(|| "the build was canceled".to_owned())),
        ..base(workspace)
    }
}

fn unfinished(workspace: &Workspace) -> StartResult {
    StartResult {
        message: Some("the build has not ended yet; start_workspace waits for it".to_owned()),
        ..base(workspace)
    }
}

fn overtaken(workspace: &Workspace) -> StartResult {
    StartResult {
        message: Some("the workspace was started and has been stopped since".to_owned()),
        ..base(workspace)
    }
}

fn base(workspace: &Workspace) -> StartResult {
    StartResult {
        started: false,
        workspace_name: workspace.name.clone(),
        agent_status: None,
        message: None,
    }
}
