//! Takes jobs and runs them. A job is leased: its worker beats, and a job whose worker has
//! stopped beating is run again by another, which asks the driver what is there first.

mod drive;
mod finish;
mod run;

use std::sync::Arc;

use muster_base::{JobId, TaskSet, WorkerId, limits};
use muster_bus::Topic;
use muster_store::jobs::{self, Job, JobErrorCode};
use muster_store::workspace_builds;
use muster_store::workspaces as rows;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::templates::document_of;
use crate::{Error, Workspaces};

/// Takes jobs until `drain` fires; what runs then is given back for the next process.
pub(crate) async fn run(workspaces: Workspaces, drain: CancellationToken) {
    let subscription = workspaces.0.store.bus().subscribe([Topic::Jobs]);
    let places = Arc::new(Semaphore::new(workspaces.0.options.workers));
    let tasks = TaskSet::new();
    while let Some(Ok(place)) = drain
        .run_until_cancelled(places.clone().acquire_owned())
        .await
    {
        if let Some(job) = acquire(&workspaces).await {
            let work = run::job(workspaces.clone(), job, tasks.drain().clone());
            tasks.spawn("workspaces.job", async move {
                let _place = place;
                work.await;
            });
            continue;
        }
        drop(place);
        let timer = workspaces.0.clock.timer("jobs.poll", limits::JOB_POLL);
        tokio::select! {
            biased;
            () = drain.cancelled() => break,
            _ = subscription.recv() => {}
            () = timer => {}
        }
    }
    tasks.shutdown().await;
    if let Err(error) = release(&workspaces, Some(workspaces.0.worker_id)).await {
        // The lease runs out all the same.
        tracing::warn!(error = %error, "unfinished jobs not given back");
    }
}

async fn acquire(workspaces: &Workspaces) -> Option<Job> {
    let worker = workspaces.0.worker_id;
    let acquired = workspaces
        .0
        .store
        .write("job.acquire", move |tx| {
            Box::pin(async move { jobs::acquire(tx, worker).await })
        })
        .await;
    acquired.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "no job acquired");
        None
    })
}

/// Gives back the unfinished jobs of a worker, or of all.
pub(crate) async fn release(
    workspaces: &Workspaces,
    worker: Option<WorkerId>,
) -> Result<(), Error> {
    workspaces
        .0
        .store
        .write("job.release", move |tx| {
            Box::pin(async move {
                jobs::release(tx, worker).await?;
                Ok(())
            })
        })
        .await
}

/// Fails jobs that nobody runs or takes, until `drain` fires.
pub(crate) async fn sweep(workspaces: Workspaces, drain: CancellationToken) {
    loop {
        if let Err(error) = sweep_once(&workspaces).await {
            tracing::warn!(error = %error, "hung jobs not swept");
        }
        let timer = workspaces
            .0
            .clock
            .timer("jobs.sweep", limits::JOB_SWEEP_PERIOD);
        if drain.run_until_cancelled(timer).await.is_none() {
            return;
        }
    }
}

async fn sweep_once(workspaces: &Workspaces) -> Result<(), Error> {
    workspaces
        .0
        .store
        .write("job.sweep", |tx| {
            Box::pin(async move {
                let hung = tx.now() - limits::JOB_HUNG_AFTER;
                let pending = tx.now() - limits::JOB_PENDING_LIMIT;
                for job in jobs::list_hung(tx, hung, pending).await? {
                    let (message, code) = if job.worker_id.is_some() {
                        ("The worker of this build vanished.", JobErrorCode::Hung)
                    } else {
                        ("No worker took this build in time.", JobErrorCode::Timeout)
                    };
                    fail(tx, job.id, message, code).await?;
                }
                Ok(())
            })
        })
        .await
}

async fn fail(
    tx: &mut muster_store::Tx<'_>,
    id: JobId,
    message: &str,
    code: JobErrorCode,
) -> Result<(), Error> {
    jobs::finish(tx, id, Some((message, code))).await?;
    let build = workspace_builds::get_by_job(tx, id).await?;
    jobs::notify_workspace(tx, build.workspace_id, Some(build.id));
    Ok(())
}

/// Has the drivers serve again the workspaces that are up.
pub(crate) async fn attach_all(workspaces: &Workspaces) -> Result<(), Error> {
    let started = workspaces
        .0
        .store
        .read("workspace.list_started", |tx| {
            Box::pin(async move {
                let mut started = Vec::new();
                for (workspace, build) in rows::list_started(tx).await? {
                    let build = workspace_builds::get(tx, build).await?;
                    let version =
                        muster_store::templates::get_version(tx, build.template_version_id).await?;
                    match document_of(&version) {
                        Ok(document) => started.push((workspace, document.provisioner)),
                        // Stored by another version of this program. The server must come up.
                        Err(error) => {
                            tracing::warn!(workspace.id = %workspace, error = %error, "workspace not attached");
                        }
                    }
                }
                Ok::<_, Error>(started)
            })
        })
        .await?;
    for (workspace, kind) in started {
        let Some(driver) = workspaces.driver(kind) else {
            continue;
        };
        if let Err(error) = driver.attach(workspace).await {
            // One workspace that cannot be served must not keep the others down.
            tracing::warn!(workspace.id = %workspace, error = %error, "workspace not attached");
        }
    }
    Ok(())
}
