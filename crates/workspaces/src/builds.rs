//! Making workspaces and asking for builds. Each request is one op: row, job and build are
//! there together or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use muster_base::{BuildId, Clock, EffectId, JobId, TemplateId, UserId, WorkspaceId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};
use muster_store::jobs::{self, JobKind, NewJob};
use muster_store::templates::{self, Template, TemplateVersion};
use muster_store::workspace_builds::{self as builds, BuildAndJob, BuildReason, Transition};
use muster_store::workspaces::{self as rows, NewWorkspace, Workspace};
use muster_store::{self as store, Tx};
use serde::{Deserialize, Serialize};

use crate::status::job_status;
use crate::templates::document_of;
use crate::{Document, Error, ParameterProblem, Workspaces, is_valid_name};

/// A workspace to be made.
#[derive(Clone, Debug)]
pub struct CreateWorkspace {
    /// Whose it will be.
    pub owner_id: UserId,
    /// From what.
    pub template_id: TemplateId,
    /// Its name.
    pub name: String,
    /// Chosen values by parameter name.
    pub parameters: BTreeMap<String, String>,
    /// Why.
    pub reason: BuildReason,
    /// The tool call that asks; asking again gives the first answer.
    pub effect_id: Option<EffectId>,
    /// Name of the content that the home begins with, among the driver's seeds.
    pub seed: Option<String>,
}

/// A workspace that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// The workspace.
    pub workspace: Workspace,
    /// Its first build.
    pub build: BuildAndJob,
}

/// A build to be made.
#[derive(Clone, Debug)]
pub struct NewBuild {
    /// What it does.
    pub transition: Transition,
    /// Why.
    pub reason: BuildReason,
    /// The tool call that asks; asking again gives the first answer.
    pub effect_id: Option<EffectId>,
    /// Whether a start may make a missing home anew.
    pub recreate: bool,
}

impl NewBuild {
    /// A build with nothing special.
    #[must_use]
    pub const fn new(transition: Transition, reason: BuildReason) -> Self {
        Self {
            transition,
            reason,
            effect_id: None,
            recreate: false,
        }
    }
}

/// What a build's job is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobInput {
    #[serde(default)]
    pub(crate) recreate: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<String>,
}

impl Workspaces {
    /// Makes a workspace and the job of its first build.
    ///
    /// # Errors
    /// A name that is taken or invalid, a template that may not be used, refused values, not
    /// allowed, or a failing database.
    pub async fn create(&self, actor: &Actor, request: CreateWorkspace) -> Result<Created, Error> {
        if !is_valid_name(&request.name) {
            return Err(Error::NameInvalid);
        }
        match self.try_create(actor, &request).await {
            // Somebody else was between our look and our insert: the second look sees them.
            Err(Error::Store(store::Error::Unique { .. })) => {
                match self.try_create(actor, &request).await {
                    Err(Error::Store(store::Error::Unique { .. })) => {
                        Err(Error::NameTaken { name: request.name })
                    }
                    result => result,
                }
            }
            result => result,
        }
    }

    async fn try_create(&self, actor: &Actor, request: &CreateWorkspace) -> Result<Created, Error> {
        let clock = self.0.clock.clone();
        let input = Arc::new((actor.clone(), request.clone()));
        self.0
            .store
            .write("workspace.create", move |tx| {
                let (clock, input) = (clock.clone(), Arc::clone(&input));
                Box::pin(async move { create(tx, &clock, &input.0, &input.1).await })
            })
            .await
    }

    /// Asks for a start, stop or delete of a workspace.
    ///
    /// # Errors
    /// [`Error::BuildActive`] while another build has not ended, not found, not allowed, or a
    /// failing database.
    pub async fn build(
        &self,
        actor: &Actor,
        id: WorkspaceId,
        request: NewBuild,
    ) -> Result<BuildAndJob, Error> {
        let clock = self.0.clock.clone();
        let input = Arc::new((actor.clone(), request));
        self.0
            .store
            .write("workspace.build", move |tx| {
                let (clock, input) = (clock.clone(), Arc::clone(&input));
                Box::pin(async move { build(tx, &clock, &input.0, id, &input.1).await })
            })
            .await
    }

    /// Asks for the end of a build. One that still waits ends at once.
    ///
    /// # Errors
    /// [`Error::BuildEnded`], not found, not allowed, or a failing database.
    pub async fn cancel_build(&self, actor: &Actor, id: BuildId) -> Result<(), Error> {
        let actor = actor.clone();
        self.0
            .store
            .write("workspace.cancel_build", move |tx| {
                let actor = actor.clone();
                Box::pin(async move {
                    let build = builds::get(tx, id).await?;
                    let workspace = rows::get(tx, build.workspace_id).await?;
                    authorize(&actor, Action::Update, &workspace.object())
                        .map_err(store::Error::from)?;
                    if !jobs::cancel(tx, build.job_id).await? {
                        return Err(Error::BuildEnded);
                    }
                    jobs::notify_workspace(tx, workspace.id, Some(id));
                    Ok(())
                })
            })
            .await
    }
}

async fn create(
    tx: &mut Tx<'_>,
    clock: &Clock,
    actor: &Actor,
    request: &CreateWorkspace,
) -> Result<Created, Error> {
    if let Some(created) = created_before(tx, request.effect_id).await? {
        return Ok(created);
    }
    let template = usable_template(tx, actor, request.template_id).await?;
    let collection = Object::of(ResourceKind::Workspace)
        .owned_by(request.owner_id)
        .in_organization(template.organization_id);
    authorize(actor, Action::Create, &collection).map_err(store::Error::from)?;
    let name = request.name.clone();
    if rows::get_by_name(tx, request.owner_id, &name)
        .await?
        .is_some()
    {
        return Err(Error::NameTaken { name });
    }
    let version = templates::get_version(tx, template.active_version_id).await?;
    let parameters = resolve_parameters(&document_of(&version)?, &request.parameters)?;
    let workspace = NewWorkspace {
        id: WorkspaceId::new(clock),
        owner_id: request.owner_id,
        organization_id: template.organization_id,
        template_id: template.id,
        name,
        effect_id: request.effect_id,
    };
    rows::insert(tx, &workspace).await?;
    let workspace = rows::get(tx, workspace.id).await?;
    let input = JobInput {
        recreate: false,
        seed: request.seed.clone(),
    };
    let new = NewBuild::new(Transition::Start, request.reason);
    let step = Step {
        workspace: &workspace,
        build_number: 1,
        version: &version,
        provisioner_state: None,
        parameters,
    };
    let build = insert_build(tx, clock, actor, step, (&new, &input)).await?;
    Ok(Created { workspace, build })
}

/// What an earlier call of the same effect has made.
async fn created_before(
    tx: &mut Tx<'_>,
    effect: Option<EffectId>,
) -> Result<Option<Created>, Error> {
    let Some(effect) = effect else {
        return Ok(None);
    };
    let Some(workspace) = rows::get_by_effect(tx, effect).await? else {
        return Ok(None);
    };
    let build = builds::get_latest(tx, workspace.id).await?;
    let build = build.ok_or(store::Error::NotFound {
        what: "workspace build",
    })?;
    let build = builds::with_job(tx, build).await?;
    Ok(Some(Created { workspace, build }))
}

async fn usable_template(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: TemplateId,
) -> Result<Template, Error> {
    let template = templates::lock(tx, id).await?;
    authorize(actor, Action::Use, &template.object()).map_err(store::Error::from)?;
    if template.deleted {
        return Err(Error::TemplateDeleted);
    }
    if !template.deprecated.is_empty() {
        return Err(Error::TemplateDeprecated {
            reason: template.deprecated,
        });
    }
    Ok(template)
}

/// Every parameter's value: the chosen one, else the default preset's, else its own default.
fn resolve_parameters(
    document: &Document,
    chosen: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut problems = Vec::new();
    let mut refuse = |name: &str, problem: String| {
        let name = name.to_owned();
        problems.push(ParameterProblem { name, problem });
    };
    for name in chosen.keys() {
        if !document.parameters.iter().any(|p| p.name == *name) {
            refuse(name, "the template has no such parameter".to_owned());
        }
    }
    let preset = document.presets.iter().find(|preset| preset.default);
    let mut values = BTreeMap::new();
    for parameter in &document.parameters {
        let name = &parameter.name;
        let value = chosen
            .get(name)
            .or_else(|| preset.and_then(|preset| preset.parameters.get(name)))
            .or(parameter.default_value.as_ref());
        match value.map(|value| (value, parameter.check_value(value))) {
            Some((value, Ok(()))) => {
                values.insert(name.clone(), value.clone());
            }
            Some((_, Err(problem))) => refuse(name, problem),
            None if parameter.required => refuse(name, "a value is required".to_owned()),
            None => {}
        }
    }
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(Error::Parameters(problems))
    }
}

async fn build(
    tx: &mut Tx<'_>,
    clock: &Clock,
    actor: &Actor,
    id: WorkspaceId,
    request: &NewBuild,
) -> Result<BuildAndJob, Error> {
    if let Some(effect) = request.effect_id
        && let Some(build) = builds::get_by_effect(tx, effect).await?
    {
        return Ok(builds::with_job(tx, build).await?);
    }
    let workspace = rows::lock(tx, id).await?;
    let action = match request.transition {
        Transition::Start => Action::Start,
        Transition::Stop => Action::Stop,
        Transition::Delete => Action::Delete,
    };
    authorize(actor, action, &workspace.object()).map_err(store::Error::from)?;
    if workspace.deleted {
        return Err(Error::Deleted);
    }
    let last = builds::get_latest(tx, id)
        .await?
        .ok_or(store::Error::NotFound {
            what: "workspace build",
        })?;
    let last = builds::with_job(tx, last).await?;
    if job_status(&last.job).is_active() {
        return Err(Error::BuildActive);
    }
    // The last build's version and values, for a delete above all: the active version may
    // know nothing of what this workspace is made of.
    let version = templates::get_version(tx, last.build.template_version_id).await?;
    let parameters = builds::parameters(tx, last.build.id).await?;
    let input = JobInput {
        recreate: request.recreate,
        seed: None,
    };
    let step = Step {
        workspace: &workspace,
        build_number: last.build.build_number + 1,
        version: &version,
        provisioner_state: last.build.provisioner_state,
        parameters,
    };
    insert_build(tx, clock, actor, step, (request, &input)).await
}

/// What a build continues from.
struct Step<'a> {
    workspace: &'a Workspace,
    build_number: i64,
    version: &'a TemplateVersion,
    provisioner_state: Option<Vec<u8>>,
    parameters: BTreeMap<String, String>,
}

async fn insert_build(
    tx: &mut Tx<'_>,
    clock: &Clock,
    actor: &Actor,
    step: Step<'_>,
    (request, input): (&NewBuild, &JobInput),
) -> Result<BuildAndJob, Error> {
    let job = NewJob {
        id: JobId::new(clock),
        organization_id: step.workspace.organization_id,
        initiator_id: actor.user_id(),
        kind: JobKind::WorkspaceBuild,
        input: serde_json::to_value(input).map_err(Error::JobInput)?,
    };
    jobs::insert(tx, &job).await?;
    let build = builds::NewBuild {
        id: BuildId::new(clock),
        workspace_id: step.workspace.id,
        build_number: step.build_number,
        template_version_id: step.version.id,
        preset_id: None,
        transition: request.transition,
        initiator_id: actor.user_id(),
        reason: request.reason,
        job_id: job.id,
        provisioner_state: step.provisioner_state,
        effect_id: request.effect_id,
        parameters: step.parameters,
    };
    builds::insert(tx, &build).await?;
    let build = builds::get(tx, build.id).await?;
    Ok(builds::with_job(tx, build).await?)
}
