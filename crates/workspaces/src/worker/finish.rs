//! Writes the end of a job with everything that follows from it, in one op.

use muster_base::JobId;
use muster_store::jobs::{self, JobErrorCode, JobOutcome};
use muster_store::workspace_agents as agents;
use muster_store::workspace_builds::{self as builds, Transition};
use muster_store::workspaces as rows;

use super::drive::Plan;
use crate::provisioner::Started;
use crate::{Error, Workspaces};

/// Ends the job, unless another worker has it by now.
pub(super) async fn job(
    workspaces: &Workspaces,
    plan: &Plan,
    outcome: JobOutcome,
    started: Option<Started>,
) -> Result<(), Error> {
    let (job, worker) = (plan.job.id, workspaces.0.worker_id);
    let (build, workspace) = (plan.build.id, plan.workspace.id);
    let removes = plan.build.transition == Transition::Delete && outcome == JobOutcome::Succeeded;
    let facts = std::sync::Arc::new((outcome, started));
    workspaces
        .0
        .store
        .write("job.complete", move |tx| {
            let facts = facts.clone();
            Box::pin(async move {
                let (outcome, started) = &*facts;
                if !jobs::complete(tx, job, worker, outcome).await? {
                    return Ok(());
                }
                if let Some(Started { state, isolation }) = started {
                    builds::set_state(tx, build, state.clone()).await?;
                    builds::set_isolation(tx, build, isolation.clone()).await?;
                    rows::set_isolation(tx, workspace, isolation.clone()).await?;
                }
                if removes {
                    rows::set_deleted(tx, workspace).await?;
                    agents::set_deleted(tx, workspace).await?;
                }
                jobs::notify_workspace(tx, workspace, Some(build));
                Ok(())
            })
        })
        .await
}

/// Fails a job whose build can't be read, unless another worker has it by now.
pub(super) async fn unreadable(
    workspaces: &Workspaces,
    job: JobId,
    why: &Error,
) -> Result<(), Error> {
    let worker = workspaces.0.worker_id;
    let message = format!("This build can't be run: {why}.");
    let outcome = std::sync::Arc::new(JobOutcome::Failed(message, JobErrorCode::Internal));
    workspaces
        .0
        .store
        .write("job.unreadable", move |tx| {
            let outcome = outcome.clone();
            Box::pin(async move {
                if jobs::complete(tx, job, worker, &outcome).await? {
                    let build = builds::get_by_job(tx, job).await?;
                    jobs::notify_workspace(tx, build.workspace_id, Some(build.id));
                }
                Ok(())
            })
        })
        .await
}
