//! Builds: every start, stop and delete of a workspace, numbered.

use std::collections::BTreeMap;

use muster_base::{
    BuildId, EffectId, JobId, Micros, PresetId, TemplateVersionId, UserId, WorkspaceId, limits,
};
use muster_rbac::{Action, Actor, authorize};
use serde_json::Value as Json;

use crate::jobs::{self, Job};
use crate::wire_enum::wire_enum;
use crate::workspaces::{self, Workspace};
use crate::{Error, Row, Store, Tx, params};

wire_enum! {
    /// What a build does to its workspace.
    pub enum Transition {
        /// Brings it up.
        Start = "start",
        /// Takes it down and keeps the home.
        Stop = "stop",
        /// Removes it with its home.
        Delete = "delete",
    }
}

wire_enum! {
    /// Why a build was asked for.
    pub enum BuildReason {
        /// Through the API.
        Initiator = "initiator",
        /// By its schedule.
        Autostart = "autostart",
        /// Because its time ran out.
        Autostop = "autostop",
        /// Because nobody used it.
        Dormancy = "dormancy",
        /// Because nobody used it for long.
        Autodelete = "autodelete",
        /// In the web UI.
        Dashboard = "dashboard",
        /// On the command line.
        Cli = "cli",
        /// By a chat's tool.
        Chat = "chat",
    }
}

/// One build.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Build {
    pub id: BuildId,
    pub workspace_id: WorkspaceId,
    pub build_number: i64,
    pub template_version_id: TemplateVersionId,
    pub preset_id: Option<PresetId>,
    pub transition: Transition,
    pub initiator_id: Option<UserId>,
    pub reason: BuildReason,
    pub job_id: JobId,
    /// What the driver needs to find its workspace again.
    pub provisioner_state: Option<Vec<u8>>,
    /// Level and layers in force, as the driver reported them.
    pub isolation: Option<Json>,
    pub effect_id: Option<EffectId>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// A build to be written.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewBuild {
    pub id: BuildId,
    pub workspace_id: WorkspaceId,
    pub build_number: i64,
    pub template_version_id: TemplateVersionId,
    pub preset_id: Option<PresetId>,
    pub transition: Transition,
    pub initiator_id: Option<UserId>,
    pub reason: BuildReason,
    pub job_id: JobId,
    pub provisioner_state: Option<Vec<u8>>,
    pub effect_id: Option<EffectId>,
    pub parameters: BTreeMap<String, String>,
}

/// A build with the job that runs it: what a status is derived from.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildAndJob {
    /// The build.
    pub build: Build,
    /// Its job.
    pub job: Job,
}

fn from_row(row: &Row) -> Result<Build, Error> {
    Ok(Build {
        id: row.get("id")?,
        workspace_id: row.get("workspace_id")?,
        build_number: row.get("build_number")?,
        template_version_id: row.get("template_version_id")?,
        preset_id: row.get("preset_id")?,
        transition: row.get("transition")?,
        initiator_id: row.get("initiator_id")?,
        reason: row.get("reason")?,
        job_id: row.get("job_id")?,
        provisioner_state: row.get("provisioner_state")?,
        isolation: row.get("isolation")?,
        effect_id: row.get("effect_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A build by its id.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get(tx: &mut Tx<'_>, id: BuildId) -> Result<Build, Error> {
    from_row(
        &tx.query_one(query!("workspace_builds/get_by_id"), &params![id])
            .await?,
    )
}

/// The build that a job runs.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get_by_job(tx: &mut Tx<'_>, id: JobId) -> Result<Build, Error> {
    from_row(
        &tx.query_one(query!("workspace_builds/get_by_job"), &params![id])
            .await?,
    )
}

/// The build that a tool call has made.
///
/// # Errors
/// A failing database.
pub async fn get_by_effect(tx: &mut Tx<'_>, id: EffectId) -> Result<Option<Build>, Error> {
    let row = tx
        .query_opt(query!("workspace_builds/get_by_effect"), &params![id])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The build with the highest number.
///
/// # Errors
/// A failing database.
pub async fn get_latest(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Option<Build>, Error> {
    let row = tx
        .query_opt(query!("workspace_builds/get_latest"), &params![id])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// A build and its job.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn with_job(tx: &mut Tx<'_>, build: Build) -> Result<BuildAndJob, Error> {
    let job = jobs::get(tx, build.job_id).await?;
    Ok(BuildAndJob { build, job })
}

/// Writes a build and its parameters. The caller holds the workspace's row lock.
///
/// # Errors
/// A failing database.
pub async fn insert(tx: &mut Tx<'_>, build: &NewBuild) -> Result<(), Error> {
    let NewBuild {
        id,
        workspace_id,
        build_number,
        template_version_id,
        preset_id,
        transition,
        initiator_id,
        reason,
        job_id,
        provisioner_state,
        effect_id,
        parameters,
    } = build.clone();
    let now = tx.now();
    let values = params![
        id,
        workspace_id,
        build_number,
        template_version_id,
        preset_id,
        transition,
        initiator_id,
        reason,
        job_id,
        provisioner_state,
        effect_id,
        now
    ];
    tx.execute(query!("workspace_builds/insert"), &values)
        .await?;
    for (name, value) in parameters {
        let values = params![id, name, value];
        tx.execute(query!("workspace_build_parameters/insert"), &values)
            .await?;
    }
    jobs::notify_workspace(tx, workspace_id, Some(id));
    Ok(())
}

/// The parameter values of a build.
///
/// # Errors
/// A failing database.
pub async fn parameters(tx: &mut Tx<'_>, id: BuildId) -> Result<BTreeMap<String, String>, Error> {
    let rows = tx
        .query(
            query!("workspace_build_parameters/list_by_build"),
            &params![id],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("name")?, row.get("value")?)))
        .collect()
}

/// Stores what the driver needs to find its workspace again.
///
/// # Errors
/// A failing database.
pub async fn set_state(tx: &mut Tx<'_>, id: BuildId, state: Vec<u8>) -> Result<(), Error> {
    let now = tx.now();
    let values = params![id, state, now];
    tx.execute(query!("workspace_builds/update_state"), &values)
        .await?;
    Ok(())
}

/// Stores the isolation that a start has reached.
///
/// # Errors
/// A failing database.
pub async fn set_isolation(tx: &mut Tx<'_>, id: BuildId, isolation: Json) -> Result<(), Error> {
    let now = tx.now();
    let values = params![id, isolation, now];
    tx.execute(query!("workspace_builds/update_isolation"), &values)
        .await?;
    Ok(())
}

impl Store {
    /// A build with its job and workspace.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_build(
        &self,
        actor: &Actor,
        id: BuildId,
    ) -> Result<(Workspace, BuildAndJob), Error> {
        let actor = actor.clone();
        self.read("workspace_build.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let build = get(tx, id).await?;
                let workspace = workspaces::get(tx, build.workspace_id).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                Ok((workspace, with_job(tx, build).await?))
            })
        })
        .await
    }

    /// The latest build of a workspace with its job.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_latest_build(
        &self,
        actor: &Actor,
        id: WorkspaceId,
    ) -> Result<BuildAndJob, Error> {
        let actor = actor.clone();
        self.read("workspace_build.get_latest", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let workspace = workspaces::get(tx, id).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                let build = get_latest(tx, id).await?.ok_or(Error::NotFound {
                    what: "workspace build",
                })?;
                with_job(tx, build).await
            })
        })
        .await
    }

    /// A page of a workspace's builds, newest first, each with its job.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn list_builds(
        &self,
        actor: &Actor,
        id: WorkspaceId,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<BuildAndJob>, Error> {
        let actor = actor.clone();
        let limit = limit.clamp(0, limits::WORKSPACES_PAGE_MAX);
        self.read("workspace_build.list", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let workspace = workspaces::get(tx, id).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                let values = params![id, limit, offset.max(0)];
                let rows = tx
                    .query(query!("workspace_builds/list_by_workspace"), &values)
                    .await?;
                let mut builds = Vec::with_capacity(rows.len());
                for row in &rows {
                    builds.push(with_job(tx, from_row(row)?).await?);
                }
                Ok(builds)
            })
        })
        .await
    }
}
