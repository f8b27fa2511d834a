//! What a build asks of its driver: look first, then converge.

use std::collections::BTreeMap;

use muster_base::{AgentId, ResourceId, Secret, limits};
use muster_store::jobs::{Job, JobErrorCode, LogLevel};
use muster_store::templates;
use muster_store::users;
use muster_store::workspace_agents::{self as agents, NewAgent};
use muster_store::workspace_builds::{self as builds, Build, Transition};
use muster_store::workspace_resources::{self as resources, NewResource};
use muster_store::workspaces::{self as rows, Workspace};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::agent_auth::hash;
use crate::builds::JobInput;
use crate::provisioner::{
    AgentGrant, Context, Driver, Failure, Inspection, Owner, StartRequest, Started, Target,
};
use crate::templates::document_of;
use crate::{AgentSpec, Document, Error, Scope, Workspaces};

/// Everything about a build, read once at the start of its job.
pub(super) struct Plan {
    pub(super) job: Job,
    pub(super) build: Build,
    pub(super) workspace: Workspace,
    owner: Owner,
    document: Document,
    parameters: BTreeMap<String, String>,
    input: JobInput,
}

impl Plan {
    fn target(&self) -> Target {
        Target {
            workspace_id: self.workspace.id,
            build_number: self.build.build_number,
            state: self.build.provisioner_state.clone(),
        }
    }

    fn scope(&self) -> Scope {
        Scope {
            parameters: self.parameters.clone(),
            workspace_name: self.workspace.name.clone(),
            workspace_id: self.workspace.id.to_string(),
            owner: self.owner.username.clone(),
            owner_email: self.owner.email.clone(),
        }
    }

    /// The document's agents with every reference replaced.
    fn agents(&self) -> Vec<AgentSpec> {
        let scope = self.scope();
        let expand = |mut spec: AgentSpec| {
            spec.dir = scope.expand(&spec.dir);
            for value in spec.env.values_mut() {
                *value = scope.expand(value);
            }
            for script in &mut spec.scripts {
                script.run = scope.expand(&script.run);
            }
            spec
        };
        self.document.agents().into_iter().map(expand).collect()
    }
}

/// Reads the plan of a job.
pub(super) async fn load(workspaces: &Workspaces, job: &Job) -> Result<Plan, Error> {
    let job = job.clone();
    workspaces
        .0
        .store
        .read("job.load", move |tx| {
            let job = job.clone();
            Box::pin(async move {
                let build = builds::get_by_job(tx, job.id).await?;
                let workspace = rows::get(tx, build.workspace_id).await?;
                let version = templates::get_version(tx, build.template_version_id).await?;
                let user = users::get(tx, workspace.owner_id).await?;
                let parameters = builds::parameters(tx, build.id).await?;
                let input = serde_json::from_value(job.input.clone()).map_err(Error::JobInput)?;
                let owner = Owner {
                    id: Some(user.id),
                    username: user.username,
                    email: user.email,
                };
                Ok(Plan {
                    document: document_of(&version)?,
                    job,
                    build,
                    workspace,
                    owner,
                    parameters,
                    input,
                })
            })
        })
        .await
}

/// Does what the build says. A start gives what was reached.
pub(super) async fn drive(
    workspaces: &Workspaces,
    plan: &Plan,
    context: &Context,
) -> Result<Option<Started>, Failure> {
    let driver = driver(workspaces, plan)?;
    match plan.build.transition {
        Transition::Start => start(workspaces, plan, driver, context).await.map(Some),
        Transition::Stop => driver.stop(plan.target(), context).await.map(|()| None),
        Transition::Delete => driver.delete(plan.target(), context).await.map(|()| None),
    }
}

fn driver<'a>(workspaces: &'a Workspaces, plan: &Plan) -> Result<&'a Driver, Failure> {
    let kind = plan.document.provisioner;
    workspaces.driver(kind).ok_or_else(|| {
        let message = format!("This server has no `{}` driver.", kind.as_str());
        Failure::new(JobErrorCode::DriverUnavailable, message)
    })
}

async fn start(
    workspaces: &Workspaces,
    plan: &Plan,
    driver: &Driver,
    context: &Context,
) -> Result<Started, Failure> {
    let target = plan.target();
    match driver.inspect(&target).await? {
        // An earlier run of this job got so far: its token is already with the agent.
        Inspection::Running {
            build_number,
            isolation,
        } if build_number == plan.build.build_number => {
            driver.attach(plan.workspace.id).await?;
            let state = plan.build.provisioner_state.clone().unwrap_or_default();
            return Ok(Started { state, isolation });
        }
        Inspection::Running { .. } | Inspection::Broken { .. } => {
            let note = "an earlier start is still there and is stopped first";
            context.sink.note(LogLevel::Info, "start", note);
            driver.stop(target.clone(), context).await?;
        }
        Inspection::Stopped | Inspection::Absent => {}
    }
    let grants = grant(workspaces, plan)
        .await
        .map_err(|error| Failure::internal("agents not written", &error))?;
    let request = StartRequest {
        target,
        workspace_name: plan.workspace.name.clone(),
        owner: plan.owner.clone(),
        document: plan.document.clone(),
        parameters: plan.parameters.clone(),
        agents: grants,
        access_url: workspaces.0.options.access_url.clone(),
        seed: plan.input.seed.clone(),
        recreate: plan.input.recreate,
    };
    driver.start(request, context).await
}

/// Writes the build's resource and agents, or finds those of an earlier run, and gives every
/// agent a fresh token: the old one's plain text is gone with the process that knew it.
async fn grant(workspaces: &Workspaces, plan: &Plan) -> Result<Vec<AgentGrant>, Error> {
    let clock = workspaces.0.clock.clone();
    let (job, build) = (plan.job.id, plan.build.id);
    let kind = plan.document.provisioner.as_str();
    let specs = plan.agents();
    let mut tokens = Vec::new();
    for _ in &specs {
        tokens.push(new_token()?);
    }
    workspaces
        .0
        .store
        .write("job.grant_agents", move |tx| {
            let (clock, specs, tokens) = (clock.clone(), specs.clone(), tokens.clone());
            Box::pin(async move {
                let mut known = agents::list_by_build(tx, build).await?.into_iter();
                let mut resource = None;
                let mut grants = Vec::new();
                for ((spec, token), order) in specs.into_iter().zip(tokens).zip(0_i64..) {
                    if let Some(agent) = known.next() {
                        agents::set_token(tx, agent.id, hash(&token)).await?;
                        let id = agent.id;
                        grants.push(AgentGrant { id, spec, token });
                        continue;
                    }
                    let resource_id = match resource {
                        Some(id) => id,
                        None => {
                            let id = ResourceId::new(&clock);
                            resources::insert(tx, &resource_row(id, job, kind)).await?;
                            *resource.insert(id)
                        }
                    };
                    let id = AgentId::new(&clock);
                    let row = agent_row((id, resource_id, order), &spec, &token)?;
                    agents::insert(tx, &row).await?;
                    grants.push(AgentGrant { id, spec, token });
                }
                Ok::<_, Error>(grants)
            })
        })
        .await
}

fn resource_row(id: ResourceId, job_id: muster_base::JobId, kind: &str) -> NewResource {
    NewResource {
        id,
        job_id,
        transition: Transition::Start,
        kind: kind.to_owned(),
        name: "workspace".to_owned(),
        metadata: json!({}),
    }
}

fn agent_row(
    (id, resource_id, display_order): (AgentId, ResourceId, i64),
    spec: &AgentSpec,
    token: &Secret,
) -> Result<NewAgent, Error> {
    Ok(NewAgent {
        id,
        resource_id,
        name: spec.name.clone(),
        display_order,
        auth_token_hash: hash(token),
        operating_system: spec.os.clone(),
        architecture: spec.arch.clone(),
        directory: spec.dir.clone(),
        environment_variables: spec.env.clone(),
        scripts: serde_json::to_value(&spec.scripts).map_err(Error::JobInput)?,
        motd: spec.motd.clone(),
        connection_timeout_seconds: i64::from(spec.connection_timeout),
    })
}

/// 256 random bits, in hex.
fn new_token() -> Result<Secret, Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Error::NoRandomness)?;
    Ok(Secret::new(hex::encode(bytes)))
}

/// A start that failed or was ended may have left half a workspace: take it down again.
pub(super) async fn clean_up(workspaces: &Workspaces, plan: &Plan, context: &Context) {
    if plan.build.transition != Transition::Start {
        return;
    }
    let Some(driver) = workspaces.driver(plan.document.provisioner) else {
        return;
    };
    let context = Context {
        cancel: CancellationToken::new(),
        ..context.clone()
    };
    let stop = driver.stop(plan.target(), &context);
    let limited = workspaces
        .0
        .clock
        .timeout("job.clean_up", limits::JOB_CANCEL_GRACE, stop);
    match limited.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => left_behind(plan, &error),
        Err(error) => left_behind(plan, &error),
    }
}

fn left_behind(plan: &Plan, error: &dyn std::error::Error) {
    tracing::warn!(job.id = %plan.job.id, error = %error, "failed start not taken down");
}
