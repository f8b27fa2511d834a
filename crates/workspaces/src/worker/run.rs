//! One job from its lease to its end: heartbeats, logs, cancel and the time limit around the
//! driver's work.

use std::time::Duration;

use muster_base::{Clock, JobId, limits};
use muster_bus::Topic;
use muster_store::Family;
use muster_store::jobs::{self, Beat, Job, JobErrorCode, JobOutcome, LogLevel};
use tokio_util::sync::CancellationToken;

use super::drive::{self, Plan};
use super::finish;
use crate::logs::{Batch, Last};
use crate::provisioner::{Context, Failure, Sink, Started};
use crate::{Error, Workspaces};

/// Why the driver's work was ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Somebody canceled the job.
    Canceled,
    /// The limit passed.
    TimedOut,
}

/// How the supervision of a job ended.
enum End {
    /// The driver answered.
    Done(Result<Option<Started>, Failure>),
    /// It was asked to end and did not within the grace.
    Killed(Stop),
    /// Another worker has the job, or this process is going down: nothing may be written.
    GivenUp,
}

/// Runs one job.
pub(super) async fn job(workspaces: Workspaces, job: Job, drain: CancellationToken) {
    let Some(plan) = load(&workspaces, &job, &drain).await else {
        return;
    };
    let mut watch = Watch::new(&workspaces, &plan);
    let end = watch.supervise(&drain).await;
    watch.flush(Last::Yes).await;
    let (outcome, started) = match end {
        End::GivenUp => return,
        End::Done(result) => outcome(result, watch.stop),
        End::Killed(stop) => (stopped(stop), None),
    };
    if outcome != JobOutcome::Succeeded {
        drive::clean_up(&workspaces, &plan, &watch.context).await;
        watch.flush(Last::Yes).await;
    }
    if let Err(error) = finish::job(&workspaces, &plan, outcome, started).await {
        tracing::error!(job.id = %plan.job.id, error = %error, "end of job not written");
    }
}

/// The job's plan. A database that is away is waited for; a job that can't be read is failed at
/// once, for it would be read no better after its lease.
async fn load(workspaces: &Workspaces, job: &Job, drain: &CancellationToken) -> Option<Plan> {
    let clock = &workspaces.0.clock;
    loop {
        let error = match drive::load(workspaces, job).await {
            Ok(plan) => return Some(plan),
            Err(error) => error,
        };
        tracing::error!(job.id = %job.id, error = %error, "job not loaded");
        if error.family() != Family::Unavailable {
            let refused = finish::unreadable(workspaces, job.id, &error).await;
            if let Err(error) = refused {
                tracing::error!(job.id = %job.id, error = %error, "end of job not written");
            }
            return None;
        }
        let timer = clock.timer("job.load", limits::JOB_LOAD_RETRY);
        drain.run_until_cancelled(timer).await?;
    }
}

fn outcome(
    result: Result<Option<Started>, Failure>,
    stop: Option<Stop>,
) -> (JobOutcome, Option<Started>) {
    match (result, stop) {
        (Ok(started), _) => (JobOutcome::Succeeded, started),
        (Err(_), Some(stop)) => (stopped(stop), None),
        (Err(failure), None) => (JobOutcome::Failed(failure.message, failure.code), None),
    }
}

fn stopped(stop: Stop) -> JobOutcome {
    match stop {
        Stop::Canceled => JobOutcome::Canceled,
        Stop::TimedOut => JobOutcome::Failed(
            "The build took longer than it may.".to_owned(),
            JobErrorCode::Timeout,
        ),
    }
}

/// A job under way.
struct Watch<'a> {
    workspaces: &'a Workspaces,
    plan: &'a Plan,
    context: Context,
    stop: Option<Stop>,
}

impl<'a> Watch<'a> {
    fn new(workspaces: &'a Workspaces, plan: &'a Plan) -> Self {
        let clock = &workspaces.0.clock;
        let started = plan.job.started_at.unwrap_or_else(|| clock.now());
        let context = Context {
            cancel: CancellationToken::new(),
            deadline: started + limits::BUILD_LIMIT,
            sink: Sink::new(clock.clone()),
        };
        Self {
            workspaces,
            plan,
            context,
            stop: None,
        }
    }

    async fn supervise(&mut self, drain: &CancellationToken) -> End {
        let clock = self.workspaces.0.clock.clone();
        let context = self.context.clone();
        let work = drive::drive(self.workspaces, self.plan, &context);
        let mut work = std::pin::pin!(work);
        let left = self.context.deadline.since(clock.now());
        let mut limit = clock.timer("job.limit", left);
        let mut grace = None;
        let topic = Topic::Workspace(self.plan.workspace.id);
        let hints = self.workspaces.0.store.bus().subscribe([topic]);
        let mut pulse = Pulse::new(&clock);
        loop {
            let mut is_hinted = false;
            tokio::select! {
                biased;
                () = drain.cancelled() => return End::GivenUp,
                result = &mut work => return End::Done(result),
                () = &mut limit, if self.stop.is_none() => {
                    grace = Some(self.ask_to_end(&clock, Stop::TimedOut));
                }
                () = waiting(&mut grace) => {
                    return End::Killed(self.stop.unwrap_or(Stop::Canceled));
                }
                _ = hints.recv() => is_hinted = true,
                () = pulse.next() => self.flush(Last::No).await,
            }
            if !pulse.beat_is_due(&clock) && !is_hinted {
                continue;
            }
            match self.beat().await {
                Beat::Ours => {}
                Beat::Lost => return End::GivenUp,
                Beat::CancelRequested if self.stop.is_none() => {
                    grace = Some(self.ask_to_end(&clock, Stop::Canceled));
                }
                Beat::CancelRequested => {}
            }
        }
    }

    /// The polite signal; the returned timer is its grace.
    fn ask_to_end(&mut self, clock: &Clock, stop: Stop) -> muster_base::Timer {
        self.stop = Some(stop);
        self.context
            .sink
            .note(LogLevel::Warn, "cancel", "the build is asked to end");
        self.context.cancel.cancel();
        clock.timer("job.grace", limits::JOB_CANCEL_GRACE)
    }

    async fn beat(&self) -> Beat {
        let (id, worker) = (self.plan.job.id, self.workspaces.0.worker_id);
        let beat = self
            .workspaces
            .0
            .store
            .write("job.beat", move |tx| {
                Box::pin(async move { jobs::beat(tx, id, worker).await })
            })
            .await;
        beat.unwrap_or_else(|error| {
            // The lease outlives a few missed beats.
            tracing::warn!(job.id = %id, error = %error, "heartbeat not written");
            Beat::Ours
        })
    }

    async fn flush(&self, last: Last) {
        let batch = self.context.sink.take(last);
        if batch.is_empty() {
            return;
        }
        if let Err(error) = write(self.workspaces, self.plan, batch).await {
            tracing::warn!(job.id = %self.plan.job.id, error = %error, "job log not written");
        }
    }
}

async fn write(workspaces: &Workspaces, plan: &Plan, batch: Batch) -> Result<(), Error> {
    let (job, build): (JobId, _) = (plan.job.id, plan.build.id);
    let batch = std::sync::Arc::new(batch);
    workspaces
        .0
        .store
        .write("job.append_logs", move |tx| {
            let batch = batch.clone();
            Box::pin(async move {
                jobs::append_logs(tx, job, &batch.lines).await?;
                if let Some(state) = &batch.state {
                    muster_store::workspace_builds::set_state(tx, build, state.clone()).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Ready when the grace is over; never without one.
async fn waiting(grace: &mut Option<muster_base::Timer>) {
    match grace {
        Some(timer) => timer.await,
        None => std::future::pending().await,
    }
}

/// Wakes often enough for logs, and knows when a heartbeat is due.
struct Pulse {
    clock: Clock,
    timer: muster_base::Timer,
    beaten_at: muster_base::Micros,
}

/// Period in which log lines are gathered into one write.
const FLUSH: Duration = limits::JOB_LOG_WRITE_PERIOD;

impl Pulse {
    fn new(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            timer: clock.timer("job.pulse", FLUSH),
            beaten_at: clock.now(),
        }
    }

    async fn next(&mut self) {
        (&mut self.timer).await;
        self.timer = self.clock.timer("job.pulse", FLUSH);
    }

    fn beat_is_due(&mut self, clock: &Clock) -> bool {
        let now = clock.now();
        let due = now.since(self.beaten_at) >= limits::JOB_HEARTBEAT_PERIOD;
        if due {
            self.beaten_at = now;
        }
        due
    }
}
