//! Provisioner jobs: rows with a lease, and their logs.
//!
//! A job's status is never stored: it follows from its times (`workspaces::job_status`). The
//! guards of every write are in its SQL, so two workers that race for one job agree on who
//! has it.

use muster_base::{BuildId, JobId, Micros, OrganizationId, UserId, WorkerId, WorkspaceId, limits};
use muster_bus::Event;
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};
use serde_json::Value as Json;

use crate::wire_enum::wire_enum;
use crate::{Error, Row, Store, Tx, params};

wire_enum! {
    /// What a job does.
    pub enum JobKind {
        /// Reads a template document into its tables.
        TemplateVersionImport = "template_version_import",
        /// Starts, stops or deletes a workspace.
        WorkspaceBuild = "workspace_build",
        /// Tries a document without keeping anything.
        TemplateVersionDryRun = "template_version_dry_run",
    }
}

wire_enum! {
    /// Why a job failed, for programs.
    pub enum JobErrorCode {
        /// The driver cannot work on this machine.
        DriverUnavailable = "driver_unavailable",
        /// The image could not be had.
        ImagePull = "image_pull",
        /// No place to run it.
        Unschedulable = "unschedulable",
        /// The required isolation cannot be reached.
        SandboxLevel = "sandbox_level",
        /// The owner's quota is used up.
        Quota = "quota",
        /// It took too long, or waited too long for a worker.
        Timeout = "timeout",
        /// Its worker vanished.
        Hung = "hung",
        /// Somebody canceled it.
        Canceled = "canceled",
        /// Our bug, or a failure nobody named.
        Internal = "internal",
    }
}

wire_enum! {
    /// How much a log line matters.
    pub enum LogLevel {
        /// Everything.
        Trace = "trace",
        /// For whoever looks for a fault.
        Debug = "debug",
        /// For the owner.
        Info = "info",
        /// Something is not as it should be.
        Warn = "warn",
        /// It failed.
        Error = "error",
    }
}

wire_enum! {
    /// Who wrote a log line.
    pub enum LogSource {
        /// The server.
        ProvisionerDaemon = "provisioner_daemon",
        /// The driver.
        Provisioner = "provisioner",
    }
}

/// One job.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Job {
    pub id: JobId,
    pub organization_id: OrganizationId,
    pub initiator_id: Option<UserId>,
    pub kind: JobKind,
    pub input: Json,
    pub tags: Json,
    pub worker_id: Option<WorkerId>,
    pub created_at: Micros,
    pub started_at: Option<Micros>,
    pub updated_at: Micros,
    pub completed_at: Option<Micros>,
    pub canceled_at: Option<Micros>,
    pub error: Option<String>,
    pub error_code: Option<JobErrorCode>,
    pub logs_length: i64,
    pub logs_overflowed: bool,
}

/// A job to be written.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Who asked for it; nobody when the server itself did.
    pub initiator_id: Option<UserId>,
    /// What it does.
    pub kind: JobKind,
    /// With what.
    pub input: Json,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It did what it should.
    Succeeded,
    /// It failed: a sentence for the owner, and a code.
    Failed(String, JobErrorCode),
    /// It was stopped because somebody asked.
    Canceled,
}

/// One line of a job's log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct JobLog {
    pub id: i64,
    pub created_at: Micros,
    pub stage: String,
    pub level: LogLevel,
    pub source: LogSource,
    pub output: String,
}

/// A log line to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewJobLog {
    pub created_at: Micros,
    pub stage: String,
    pub level: LogLevel,
    pub source: LogSource,
    pub output: String,
}

fn from_row(row: &Row) -> Result<Job, Error> {
    Ok(Job {
        id: row.get("id")?,
        organization_id: row.get("organization_id")?,
        initiator_id: row.get("initiator_id")?,
        kind: row.get("type")?,
        input: row.get("input")?,
        tags: row.get("tags")?,
        worker_id: row.get("worker_id")?,
        created_at: row.get("created_at")?,
        started_at: row.get("started_at")?,
        updated_at: row.get("updated_at")?,
        completed_at: row.get("completed_at")?,
        canceled_at: row.get("canceled_at")?,
        error: row.get("error")?,
        error_code: row.get("error_code")?,
        logs_length: row.get("logs_length")?,
        logs_overflowed: row.get("logs_overflowed")?,
    })
}

/// A job by its id.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get(tx: &mut Tx<'_>, id: JobId) -> Result<Job, Error> {
    from_row(&tx.query_one(query!("jobs/get_by_id"), &params![id]).await?)
}

/// A job by its id, locked until the transaction ends.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn lock(tx: &mut Tx<'_>, id: JobId) -> Result<Job, Error> {
    from_row(
        &tx.query_one(query!("jobs/lock_by_id"), &params![id])
            .await?,
    )
}

/// Writes a waiting job and wakes the workers once it is committed.
///
/// # Errors
/// A failing database.
pub async fn insert(tx: &mut Tx<'_>, job: &NewJob) -> Result<(), Error> {
    let NewJob {
        id,
        organization_id,
        initiator_id,
        kind,
        input,
    } = job.clone();
    let tags = Json::Object(serde_json::Map::new());
    let now = tx.now();
    let values = params![id, organization_id, initiator_id, kind, input, tags, now];
    tx.execute(query!("jobs/insert"), &values).await?;
    tx.notify(Event::JobNew { job_id: id });
    Ok(())
}

/// Takes the oldest job that waits, or whose worker stopped beating longer than the lease ago.
///
/// # Errors
/// A failing database.
pub async fn acquire(tx: &mut Tx<'_>, worker: WorkerId) -> Result<Option<Job>, Error> {
    let now = tx.now();
    let (stale, hung) = (now - limits::JOB_LEASE, now - limits::JOB_HUNG_AFTER);
    let values = params![worker, now, stale, hung];
    let row = tx.query_opt(query!("jobs/acquire_next"), &values).await?;
    row.as_ref().map(from_row).transpose()
}

/// What a heartbeat learns about its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    Ours,
    /// Somebody wants it to stop.
    CancelRequested,
    /// Another worker has it, or it has ended.
    Lost,
}

/// Beats the heart of a job that `worker` runs.
///
/// # Errors
/// A failing database.
pub async fn beat(tx: &mut Tx<'_>, id: JobId, worker: WorkerId) -> Result<Beat, Error> {
    let now = tx.now();
    let row = tx
        .query_opt(query!("jobs/update_heartbeat"), &params![id, worker, now])
        .await?;
    let Some(row) = row else {
        return Ok(Beat::Lost);
    };
    let canceled: Option<Micros> = row.get("canceled_at")?;
    Ok(canceled.map_or(Beat::Ours, |_| Beat::CancelRequested))
}

/// Ends a job that `worker` runs. False when it is no longer that worker's.
///
/// # Errors
/// A failing database.
pub async fn complete(
    tx: &mut Tx<'_>,
    id: JobId,
    worker: WorkerId,
    outcome: &JobOutcome,
) -> Result<bool, Error> {
    let now = tx.now();
    let (error, code, canceled) = match outcome {
        JobOutcome::Succeeded => (None, None, false),
        JobOutcome::Failed(error, code) => (Some(error.clone()), Some(*code), false),
        JobOutcome::Canceled => (None, Some(JobErrorCode::Canceled), true),
    };
    let values = params![id, worker, now, error, code, canceled];
    Ok(tx.execute(query!("jobs/update_completed"), &values).await? > 0)
}

/// Ends a job that no worker runs: `None` as success, else with an error.
///
/// # Errors
/// A failing database.
pub async fn finish(
    tx: &mut Tx<'_>,
    id: JobId,
    failure: Option<(&str, JobErrorCode)>,
) -> Result<bool, Error> {
    let now = tx.now();
    let (error, code) = failure.unzip();
    let values = params![id, now, error, code, failure.is_none()];
    Ok(tx.execute(query!("jobs/update_done"), &values).await? > 0)
}

/// Asks for the end of a job. One that still waits ends at once; one that has ended stays.
///
/// # Errors
/// A failing database.
pub async fn cancel(tx: &mut Tx<'_>, id: JobId) -> Result<bool, Error> {
    let now = tx.now();
    Ok(tx
        .execute(query!("jobs/update_canceled"), &params![id, now])
        .await?
        > 0)
}

/// Gives up the unfinished jobs of one worker, or of all when this process owns the database
/// alone and has just started.
///
/// # Errors
/// A failing database.
pub async fn release(tx: &mut Tx<'_>, worker: Option<WorkerId>) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute(query!("jobs/update_released"), &params![now, worker])
        .await
}

/// Jobs whose worker vanished before `hung`, and those that have waited since `pending`.
///
/// # Errors
/// A failing database.
pub async fn list_hung(tx: &mut Tx<'_>, hung: Micros, pending: Micros) -> Result<Vec<Job>, Error> {
    let rows = tx
        .query(query!("jobs/list_hung"), &params![hung, pending])
        .await?;
    rows.iter().map(from_row).collect()
}

/// Appends to a job's log up to its limit; what is beyond sets `logs_overflowed`.
///
/// # Errors
/// A failing database.
pub async fn append_logs(tx: &mut Tx<'_>, id: JobId, lines: &[NewJobLog]) -> Result<(), Error> {
    let job = get(tx, id).await?;
    let mut room = limits::JOB_LOG_BYTES_MAX - job.logs_length;
    let (mut written, mut overflowed) = (0, false);
    for line in lines {
        let length = i64::try_from(line.output.len()).unwrap_or(i64::MAX);
        if length > room {
            overflowed = true;
            break;
        }
        let NewJobLog {
            created_at,
            stage,
            level,
            source,
            output,
        } = line.clone();
        let values = params![id, created_at, stage, level, source, output];
        tx.execute(query!("job_logs/insert"), &values).await?;
        room -= length;
        written += length;
    }
    let values = params![id, written, overflowed];
    tx.execute(query!("jobs/update_logs_length"), &values)
        .await?;
    Ok(())
}

/// A page of a job's log, after a line id.
///
/// # Errors
/// A failing database.
pub async fn list_logs(
    tx: &mut Tx<'_>,
    id: JobId,
    after: i64,
    limit: i64,
) -> Result<Vec<JobLog>, Error> {
    let limit = limit.clamp(0, limits::JOB_LOG_PAGE_MAX);
    let rows = tx
        .query(query!("job_logs/list_by_job"), &params![id, after, limit])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(JobLog {
                id: row.get("id")?,
                created_at: row.get("created_at")?,
                stage: row.get("stage")?,
                level: row.get("level")?,
                source: row.get("source")?,
                output: row.get("output")?,
            })
        })
        .collect()
}

/// Tells watchers that something about a workspace moved.
pub fn notify_workspace(tx: &mut Tx<'_>, workspace_id: WorkspaceId, build_id: Option<BuildId>) {
    tx.notify(Event::Workspace {
        workspace_id,
        build_id,
    });
}

impl Store {
    /// A page of a job's log, for whoever may read the workspace it belongs to.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn list_build_logs(
        &self,
        actor: &Actor,
        build: BuildId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<JobLog>, Error> {
        let actor = actor.clone();
        self.read("job.list_logs", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let build = crate::workspace_builds::get(tx, build).await?;
                let workspace = crate::workspaces::get(tx, build.workspace_id).await?;
                let object = Object::of(ResourceKind::Job)
                    .owned_by(workspace.owner_id)
                    .in_organization(workspace.organization_id)
                    .with_id(build.job_id);
                authorize(&actor, Action::Read, &object)?;
                list_logs(tx, build.job_id, after, limit).await
            })
        })
        .await
    }
}
