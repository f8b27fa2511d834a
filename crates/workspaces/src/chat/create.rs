//! `create_workspace`: at most one workspace per chat that works (F22).

use muster_base::BuildId;
use muster_rbac::Actor;
use muster_store::workspace_builds::BuildReason;
use muster_store::workspaces::{self as rows, Workspace};
use sha2::{Digest, Sha256};

use super::{ChatDoor, ChatError, CreateForChat, CreateResult};
use crate::binding::{Latest, select};
use crate::status::{AgentStatus, WorkspaceStatus, build_status, job_status};
use crate::{
    ChatBinding, CreateWorkspace, Created, Error, ParameterProblem, Workspaces, generated_name,
    is_valid_name,
};

/// What the chat's present workspace says about creating another one.
enum Verdict {
    /// There is none that works.
    Create,
    /// A build is under way: its end decides.
    Wait(Box<Workspace>, BuildId),
    /// It is down and can be started.
    Stopped(Box<Workspace>),
    /// It is up.
    Reuse(Box<Workspace>),
}

impl Workspaces {
    /// Creates the chat's workspace, or gives the one it has.
    ///
    /// # Errors
    /// What prevents the creation. What goes wrong later is a field of the answer.
    pub async fn create_for_chat(
        &self,
        owner: &Actor,
        door: &dyn ChatDoor,
        request: CreateForChat,
    ) -> Result<CreateResult, ChatError> {
        let _turn = self.lock_chat(request.chat_id).await;
        if let Some(workspace) = self.created_by(&request).await? {
            return self.finish_creation(door, workspace).await;
        }
        loop {
            let binding = door.binding().await.map_err(ChatError::Chat)?;
            match self.verdict(binding).await? {
                Verdict::Create => break,
                Verdict::Wait(workspace, build) => {
                    let published = ChatBinding {
                        build_id: Some(build),
                        ..ChatBinding::to_workspace(workspace.id)
                    };
                    if binding.build_id != Some(build) {
                        door.bind(published).await.map_err(ChatError::Chat)?;
                    }
                    let build = self.wait_for_build(&workspace, build).await?;
                    if job_status(&build.job).is_active() {
                        return Ok(still_building(&workspace, false));
                    }
                }
                Verdict::Stopped(workspace) => return Ok(stopped(&workspace)),
                Verdict::Reuse(workspace) => return self.reuse(&workspace, false).await,
            }
        }
        let created = self.create_named(owner, &request).await?;
        self.finish_creation(door, created.workspace).await
    }

    /// What an earlier run of this very call has made and nobody deleted since.
    async fn created_by(&self, request: &CreateForChat) -> Result<Option<Workspace>, ChatError> {
        let effect = request.effect_id;
        let workspace = self
            .0
            .store
            .read("tool.get_created", move |tx| {
                Box::pin(async move { rows::get_by_effect(tx, effect).await })
            })
            .await?;
        Ok(workspace.filter(|workspace| !workspace.deleted))
    }

    /// The recorded status decides, whatever one dial would say.
    async fn verdict(&self, binding: ChatBinding) -> Result<Verdict, ChatError> {
        let Some(id) = binding.workspace_id else {
            return Ok(Verdict::Create);
        };
        let Some(latest) = self.latest(id).await? else {
            return Ok(Verdict::Create);
        };
        let status = latest.status();
        let build = latest.build.build.id;
        let is_alive = self.has_live_agent(&latest);
        let workspace = Box::new(latest.workspace);
        Ok(match status {
            WorkspaceStatus::Pending
            | WorkspaceStatus::Starting
            | WorkspaceStatus::Stopping
            | WorkspaceStatus::Deleting
            | WorkspaceStatus::Canceling => Verdict::Wait(workspace, build),
            WorkspaceStatus::Stopped => Verdict::Stopped(workspace),
            WorkspaceStatus::Running if is_alive => Verdict::Reuse(workspace),
            WorkspaceStatus::Running
            | WorkspaceStatus::Deleted
            | WorkspaceStatus::Failed
            | WorkspaceStatus::Canceled => Verdict::Create,
        })
    }

    /// Whether the agent that a chat would use is connected or may still come.
    pub(super) fn has_live_agent(&self, latest: &Latest) -> bool {
        select(latest.agents.clone(), None).is_ok_and(|agent| match self.status_of(&agent) {
            AgentStatus::Connected | AgentStatus::Connecting => true,
            AgentStatus::Disconnected | AgentStatus::Timeout => false,
        })
    }

    /// Creates under the wanted name, or under generated ones until one is free.
    async fn create_named(
        &self,
        owner: &Actor,
        request: &CreateForChat,
    ) -> Result<Created, ChatError> {
        let template = self.template_for_chat(owner, &request.template_id).await?;
        let wanted = request.name.as_deref().filter(|name| is_valid_name(name));
        let slug = wanted.unwrap_or(&template.name).to_owned();
        let mut name = wanted.map_or_else(|| variant(&slug, request, 0), str::to_owned);
        let mut tries = 0;
        loop {
            let create = CreateWorkspace {
                owner_id: request.owner_id,
                template_id: template.id,
                name,
                parameters: request.parameters.clone(),
                reason: BuildReason::Chat,
                effect_id: Some(request.effect_id),
                seed: request.seed.clone(),
            };
            match self.create(owner, create).await {
                Ok(created) => return Ok(created),
                Err(Error::NameTaken { name: _ })
                    if tries < muster_base::limits::WORKSPACE_NAME_TRIES =>
                {
                    tries += 1;
                    name = variant(&slug, request, tries);
                }
                Err(Error::Parameters(problems)) => {
                    return Err(ChatError::Parameters(in_words(&problems)));
                }
                Err(Error::TemplateDeleted | Error::TemplateDeprecated { reason: _ }) => {
                    return Err(ChatError::UnknownTemplate(request.template_id.clone()));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Binds first, so that watchers see the build's log, then waits.
    async fn finish_creation(
        &self,
        door: &dyn ChatDoor,
        workspace: Workspace,
    ) -> Result<CreateResult, ChatError> {
        let latest = self.latest(workspace.id).await?.ok_or(ChatError::Deleted)?;
        let build = latest.build.build.id;
        let binding = door.binding().await.map_err(ChatError::Chat)?;
        if binding.workspace_id != Some(workspace.id) {
            let bound = ChatBinding {
                build_id: Some(build),
                ..ChatBinding::to_workspace(workspace.id)
            };
            door.bind(bound).await.map_err(ChatError::Chat)?;
        }
        let build = self.wait_for_build(&workspace, build).await?;
        match build_status(&build) {
            WorkspaceStatus::Running => self.reuse(&workspace, true).await,
            WorkspaceStatus::Failed | WorkspaceStatus::Canceled => Ok(CreateResult {
                status: Some("failed".to_owned()),
                message: Some(
                    build
                        .job
                        .error
                        .unwrap_or_else(|| "the build was canceled".into()),
                ),
                ..base(&workspace, true)
            }),
            WorkspaceStatus::Stopped => Ok(CreateResult {
                created: true,
                ..stopped(&workspace)
            }),
            WorkspaceStatus::Deleted => Err(ChatError::Deleted),
            WorkspaceStatus::Pending
            | WorkspaceStatus::Starting
            | WorkspaceStatus::Stopping
            | WorkspaceStatus::Deleting
            | WorkspaceStatus::Canceling => Ok(still_building(&workspace, true)),
        }
    }

    /// A workspace that is up, with what its agent reports.
    async fn reuse(&self, workspace: &Workspace, created: bool) -> Result<CreateResult, ChatError> {
        let report = self.wait_for_agent(workspace).await?;
        let message = (!created).then(|| "this chat already has a running workspace".to_owned());
        Ok(CreateResult {
            status: Some("running".to_owned()),
            message,
            agent_status: report.status,
            agent_error: report.error,
            startup_scripts: report.scripts,
            lifecycle_state: report.lifecycle,
            ..base(workspace, created)
        })
    }
}

fn base(workspace: &Workspace, created: bool) -> CreateResult {
    CreateResult {
        created,
        workspace_name: workspace.name.clone(),
        ..CreateResult::default()
    }
}

fn stopped(workspace: &Workspace) -> CreateResult {
    CreateResult {
        status: Some("stopped".to_owned()),
        message: Some("the workspace is stopped; use start_workspace to start it".to_owned()),
        ..base(workspace, false)
    }
}

fn still_building(workspace: &Workspace, created: bool) -> CreateResult {
    CreateResult {
        status: Some("building".to_owned()),
        message: Some("the build has not ended yet; use start_workspace to wait for it".to_owned()),
        ..base(workspace, created)
    }
}

/// A name that is the same whenever this call runs again, and another one for each try.
fn variant(slug: &str, request: &CreateForChat, attempt: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(request.effect_id.0.as_bytes());
    hash.update(attempt.to_be_bytes());
    let digest = hash.finalize();
    let suffix = digest
        .iter()
        .take(2)
        .fold(0, |suffix: u16, byte| suffix << 8 | u16::from(*byte));
    generated_name(slug, suffix)
}

fn in_words(problems: &[ParameterProblem]) -> String {
    let words = |problem: &ParameterProblem| format!("`{}` {}", problem.name, problem.problem);
    problems.iter().map(words).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use muster_base::{ChatId, EffectId, UserId};

    use super::*;

    #[test]
    fn each_try_has_its_own_name_and_a_repeated_call_the_same() {
        let request = CreateForChat {
            chat_id: ChatId::NIL,
            owner_id: UserId::NIL,
            effect_id: EffectId::NIL,
            template_id: String::new(),
            name: None,
            parameters: std::collections::BTreeMap::new(),
            seed: None,
        };
        let first = variant("local", &request, 0);
        assert_eq!(first, variant("local", &request, 0));
        assert_ne!(first, variant("local", &request, 1));
    }
}
