//! A new chat from what the client says.

use muster_api as api;
use muster_base::{ChatId, ModelConfigId, WorkspaceId};
use muster_chat_engine::{initial_title, opening};
use muster_chat_state::Part;
use muster_chat_state::content::Content;
use muster_chat_state::transitions::{Create, UserMessage};
use muster_rbac::{Action, Actor, Purpose, authorize};
use muster_store::chats::ClientType;
use muster_store::chats::door::NewChat;
use muster_store::prompts::DeploymentPrompt;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::handlers::messages::input;
use crate::handlers::prompts;

/// Everything that a new chat begins with, checked, and what its creator should know.
pub(super) async fn chat(
    app: &App,
    caller: &Caller,
    body: api::CreateChatRequest,
) -> Result<(Create, Option<String>)> {
    let parts = input::parts(app, caller, None, body.content).await?;
    let organization = body.organization_id.unwrap_or(app.organization_id.0);
    if !caller.0.organizations.iter().any(|of| of.0 == organization) {
        return Err(Error::invalid("organization_id", "is none of yours"));
    }
    if let Some(workspace) = body.workspace_id {
        check_workspace(app, caller, WorkspaceId(workspace)).await?;
    }
    let model = body.model_config_id.map(ModelConfigId);
    let model = input::model(app, caller, model, body.reasoning_effort.as_deref()).await?;
    let own = body.system_prompt.as_deref().unwrap_or_default();
    let own = prompts::checked("system_prompt", own)?;
    let system = system(app, body.workspace_id.is_some(), &own.text).await?;
    let dynamic_tools = super::tools::checked(&body.dynamic_tools)?;
    let labels = super::checked_labels(body.labels)?;
    let labels = serde_json::to_value(labels.as_map()).map_err(Error::internal)?;
    let content = Content::new(&parts).map_err(Error::internal)?;
    let owner_id = caller.0.user.id;
    let chat = NewChat {
        id: ChatId::new(&app.clock),
        organization_id: organization.into(),
        owner_id,
        parent: None,
        workspace_id: body.workspace_id.map(WorkspaceId),
        build_id: None,
        agent_id: None,
        model_config_id: model,
        reasoning_effort: body.reasoning_effort,
        title: title(&parts),
        mode: None,
        client_type: match body.client_type {
            Some(api::ClientType::Ui) => ClientType::Ui,
            Some(api::ClientType::Api) | None => ClientType::Api,
        },
        labels,
        mcp_server_ids: Vec::new(),
        system_prompt: Some(own.text.clone()).filter(|own| !own.is_empty()),
        dynamic_tools,
        effect_id: None,
    };
    let create = Create {
        chat,
        system,
        context: Vec::new(),
        message: UserMessage::new(content, owner_id),
    };
    Ok((create, prompts::warning(&own)))
}

/// One text for "not there" and "not allowed".
async fn check_workspace(app: &App, caller: &Caller, id: WorkspaceId) -> Result<()> {
    let refused = || Error::invalid("workspace_id", "is no workspace that you can use");
    let workspace = match app.store.get_workspace(caller.actor(), id).await {
        Err(muster_store::Error::NotFound { .. } | muster_store::Error::Denied(_)) => {
            return Err(refused());
        }
        other => other?,
    };
    let ssh = authorize(caller.actor(), Action::Ssh, &workspace.object());
    if workspace.deleted || ssh.is_err() {
        return Err(refused());
    }
    Ok(())
}

/// A configuration that can't be read is no reason to refuse a chat: the built-in prompt does.
async fn system(app: &App, has_workspace: bool, own: &str) -> Result<Vec<Content>> {
    let worker = Actor::system(Purpose::ChatWorker);
    let deployment = app.store.deployment_prompt(&worker).await;
    let deployment = deployment.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "the deployment's prompt was not read");
        DeploymentPrompt::default()
    });
    let texts = opening(&deployment, has_workspace, Some(own));
    let content = |text| Content::new(&[Part::text(text)]).map_err(Error::internal);
    texts.into_iter().map(content).collect()
}

/// The first words of the first text, until somebody or a model finds a better title.
fn title(parts: &[Part]) -> String {
    let text = parts.iter().find_map(|part| match part {
        Part::Text(part) => Some(part.text.as_str()),
        Part::Reasoning(_)
        | Part::ToolCall(_)
        | Part::ToolResult(_)
        | Part::Source(_)
        | Part::File(_)
        | Part::FileReference(_)
        | Part::ContextFile(_)
        | Part::Skill(_) => None,
    });
    initial_title(text.unwrap_or_default())
}
