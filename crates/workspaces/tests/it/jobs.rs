use std::time::Duration;

use muster_base::{Micros, MockClock, WorkerId, limits};
use muster_store::Statement;
use muster_store::jobs::{self, JobErrorCode, LogLevel, LogSource, NewJobLog};
use muster_store::workspace_builds::Transition;
use muster_workspaces::Error;
use muster_workspaces::status::WorkspaceStatus;

use crate::driver::Manner;
use crate::harness::Bench;

const START: Micros = Micros(1_700_000_000_000_000);

/// Takes every job for a worker that then dies.
async fn die_with_the_jobs(bench: &Bench) -> WorkerId {
    let worker = WorkerId::new(&bench.clock);
    assert!(takes_a_job(bench, worker).await);
    worker
}

async fn takes_a_job(bench: &Bench, worker: WorkerId) -> bool {
    let taken = bench
        .store
        .write("test.acquire", move |tx| {
            Box::pin(async move { jobs::acquire(tx, worker).await })
        })
        .await;
    taken.unwrap().is_some()
}

/// Its run of the job still lives: a second one beside it would start the workspace twice.
#[tokio::test]
async fn a_worker_whose_beats_are_late_never_takes_its_own_job_again() {
    let mock = MockClock::new(START);
    let bench = Bench::mocked(&mock).await;
    bench.create("blue").await;
    let suspended = die_with_the_jobs(&bench).await;
    mock.advance(limits::JOB_LEASE + Duration::from_secs(1));
    assert!(!takes_a_job(&bench, suspended).await);
    assert!(takes_a_job(&bench, WorkerId::new(&bench.clock)).await);
}

/// The lease of a dead process runs for half a minute, which nobody should wait for where it is
/// known to be dead.
#[tokio::test]
async fn next_process_of_a_data_folder_takes_a_dead_ones_jobs_at_once() {
    let mock = MockClock::new(START);
    let bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::Silent);
    let created = bench.create("blue").await;
    let gone = die_with_the_jobs(&bench).await;
    let service = bench.successor(gone);
    service.prepare().await.unwrap();
    let running = bench.run_service(service);
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Running);
    running.stop().await;
}

#[tokio::test]
async fn two_workers_run_each_of_many_jobs_once() {
    let mut bench = Bench::new().await;
    bench.driver.set(Manner::Silent);
    let first = bench.run();
    let (service, _) = bench.replica();
    let second = bench.run_service(service);
    let names: Vec<String> = (0..30).map(|n| format!("w-{n}")).collect();
    let created = futures_util::future::join_all(names.iter().map(|name| bench.create(name))).await;
    for created in created {
        assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Running);
        assert_eq!(bench.driver.calls(created.workspace.id), ["start 1"]);
    }
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn a_job_whose_process_ended_is_taken_up_where_it_was() {
    let mut bench = Bench::new().await;
    bench.driver.set(Manner::NeverAnswers);
    let first = bench.run();
    let created = bench.create("blue").await;
    let id = created.workspace.id;
    crate::harness::eventually("the start", || {
        bench.driver.state.lock().up.contains_key(&id)
    })
    .await;
    first.stop().await;
    assert_eq!(bench.status(id).await, WorkspaceStatus::Starting);
    let (service, _) = bench.replica();
    service.prepare().await.unwrap();
    let second = bench.run_service(service);
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Running);
    let starts = bench
        .driver
        .calls(id)
        .iter()
        .filter(|call| *call == "start 1")
        .count();
    assert_eq!(starts, 1, "it was up already");
    second.stop().await;
}

#[tokio::test]
async fn a_job_that_cannot_be_read_fails_at_once() {
    static DAMAGE: Statement = Statement::new(
        "test/damage",
        "update jobs set input = '\"not ours\"' where id = $1",
    );
    let mut bench = Bench::new().await;
    bench.driver.set(Manner::Silent);
    let created = bench.create("blue").await;
    let job = created.build.job.id;
    bench.sql(&DAMAGE, vec![job.into()]).await;
    let running = bench.run();
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Failed);
    assert_eq!(bench.driver.calls(created.workspace.id), [""; 0]);
    running.stop().await;
}

#[tokio::test]
async fn a_job_without_heartbeat_is_run_again_after_its_lease() {
    let mock = MockClock::new(START);
    let mut bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::Silent);
    let created = bench.create("blue").await;
    let _gone = die_with_the_jobs(&bench).await;
    let running = bench.run();
    mock.armed("jobs.poll").await;
    assert_eq!(bench.driver.calls(created.workspace.id), [""; 0]);
    mock.advance(limits::JOB_LEASE + Duration::from_secs(1));
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Running);
    running.stop().await;
}

#[tokio::test]
async fn a_job_that_nobody_took_up_again_is_hung() {
    let mock = MockClock::new(START);
    let mut bench = Bench::mocked(&mock).await;
    let created = bench.create("blue").await;
    let _gone = die_with_the_jobs(&bench).await;
    mock.advance(limits::JOB_HUNG_AFTER + Duration::from_secs(1));
    let running = bench.run();
    let status = bench.ended(&created.build).await;
    let job = bench.latest(created.workspace.id).await.job;
    assert_eq!(bench.driver.calls(created.workspace.id), [""; 0]);
    assert_eq!(
        (status, job.error_code),
        (WorkspaceStatus::Failed, Some(JobErrorCode::Hung))
    );
    running.stop().await;
}

#[tokio::test]
async fn a_job_that_waited_too_long_has_failed() {
    let mock = MockClock::new(START);
    let bench = Bench::mocked(&mock).await;
    let created = bench.create("blue").await;
    mock.advance(limits::JOB_PENDING_LIMIT + Duration::from_secs(1));
    let options = muster_workspaces::Options {
        workers: 0,
        ..muster_workspaces::Options::new(
            bench.store.clone(),
            muster_base::ReplicaId::new(&bench.clock),
            bench.organization,
            bench.registry.clone(),
            Vec::new(),
        )
    };
    let (service, _) = muster_workspaces::Service::new(options);
    let running = bench.run_service(service);
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Failed);
    let job = bench.latest(created.workspace.id).await.job;
    assert_eq!(job.error_code, Some(JobErrorCode::Timeout));
    running.stop().await;
}

#[tokio::test]
async fn a_waiting_job_is_canceled_at_once() {
    let bench = Bench::new().await;
    let created = bench.create("blue").await;
    let build = created.build.build.id;
    bench
        .workspaces
        .cancel_build(&bench.owner, build)
        .await
        .unwrap();
    assert_eq!(
        bench.status(created.workspace.id).await,
        WorkspaceStatus::Canceled
    );
    let again = bench.workspaces.cancel_build(&bench.owner, build).await;
    assert!(matches!(again, Err(Error::BuildEnded)), "{again:?}");
}

#[tokio::test]
async fn a_running_job_is_canceled_by_its_driver() {
    let mut bench = Bench::new().await;
    bench.driver.set(Manner::WaitsForCancel);
    let running = bench.run();
    let created = bench.create("blue").await;
    let id = created.workspace.id;
    crate::harness::eventually("the start", || !bench.driver.calls(id).is_empty()).await;
    bench
        .workspaces
        .cancel_build(&bench.owner, created.build.build.id)
        .await
        .unwrap();
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Canceled);
    assert_eq!(bench.driver.calls(id), ["start 1", "stop 1"]);
    running.stop().await;
}

#[tokio::test]
async fn a_driver_that_ignores_a_cancel_is_left_behind_after_the_grace() {
    let mock = MockClock::new(START);
    let mut bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::IgnoresCancel);
    let running = bench.run();
    let created = bench.create("blue").await;
    let id = created.workspace.id;
    crate::harness::eventually("the start", || !bench.driver.calls(id).is_empty()).await;
    bench
        .workspaces
        .cancel_build(&bench.owner, created.build.build.id)
        .await
        .unwrap();
    mock.armed("job.grace").await;
    assert_eq!(bench.status(id).await, WorkspaceStatus::Canceling);
    mock.fire("job.grace").await;
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Canceled);
    assert_eq!(bench.driver.calls(id), ["start 1", "stop 1"]);
    running.stop().await;
}

#[tokio::test]
async fn a_build_that_takes_too_long_has_timed_out() {
    let mock = MockClock::new(START);
    let mut bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::WaitsForCancel);
    let running = bench.run();
    let created = bench.create("blue").await;
    mock.armed("job.limit").await;
    mock.advance(limits::BUILD_LIMIT);
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Failed);
    let job = bench.latest(created.workspace.id).await.job;
    assert_eq!(job.error_code, Some(JobErrorCode::Timeout));
    running.stop().await;
}

#[tokio::test]
async fn a_log_ends_at_its_limit_and_says_so() {
    static NEARLY_FULL: Statement = Statement::new(
        "test/fill_log",
        "update jobs set logs_length = $1 where completed_at is null",
    );
    let bench = Bench::new().await;
    let created = bench.create("blue").await;
    bench
        .sql(&NEARLY_FULL, vec![(limits::JOB_LOG_BYTES_MAX - 6).into()])
        .await;
    let job = created.build.job.id;
    let line = |output: &str| NewJobLog {
        created_at: bench.clock.now(),
        stage: "start".to_owned(),
        level: LogLevel::Info,
        source: LogSource::Provisioner,
        output: output.to_owned(),
    };
    let lines = std::sync::Arc::new(vec![line("fits"), line("does not"), line("x")]);
    bench
        .store
        .write("test.log", move |tx| {
            let lines = lines.clone();
            Box::pin(async move { jobs::append_logs(tx, job, &lines).await })
        })
        .await
        .unwrap();
    let build = created.build.build.id;
    let logs = bench
        .store
        .list_build_logs(&bench.owner, build, 0, 10)
        .await
        .unwrap();
    let outputs: Vec<&str> = logs.iter().map(|line| line.output.as_str()).collect();
    assert_eq!(outputs, ["fits"]);
    assert!(bench.latest(created.workspace.id).await.job.logs_overflowed);
    let after = bench
        .store
        .list_build_logs(&bench.owner, build, logs[0].id, 10)
        .await
        .unwrap();
    assert_eq!(after, []);
}

#[tokio::test]
async fn workspaces_that_are_up_are_attached_at_the_next_start() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let up = bench.running("up").await.workspace.id;
    let down = bench.running("down").await.workspace.id;
    let stop = bench.build(down, Transition::Stop).await;
    bench.ended(&stop).await;
    running.stop().await;
    let (service, _) = bench.replica();
    service.prepare().await.unwrap();
    assert_eq!(bench.driver.calls(up), ["start 1", "attach"]);
    assert_eq!(bench.driver.calls(down), ["start 1", "stop 2"]);
}
