use muster_base::EffectId;
use muster_rbac::Actor;
use muster_store as store;
use muster_store::jobs::JobErrorCode;
use muster_store::workspace_builds::{BuildReason, Transition};
use muster_workspaces::status::WorkspaceStatus;
use muster_workspaces::{Error, NewBuild};

use crate::driver::{Manner, isolation};
use crate::harness::Bench;

#[tokio::test]
async fn a_new_workspace_is_built_and_shows_its_isolation() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let id = created.workspace.id;
    let workspace = bench.store.get_workspace(&bench.owner, id).await.unwrap();
    assert_eq!(workspace.isolation, Some(isolation()));
    let latest = bench.latest(id).await;
    assert_eq!(latest.build.provisioner_state, Some(b"up".to_vec()));
    assert_eq!(latest.build.isolation, Some(isolation()));
    assert_eq!(bench.driver.calls(id), ["start 1"]);
    let logs = bench
        .store
        .list_build_logs(&bench.owner, latest.build.id, 0, 10)
        .await
        .unwrap();
    assert_eq!(logs[0].output, "on its way");
    running.stop().await;
}

#[tokio::test]
async fn names_are_unique_per_owner_whatever_their_case() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let created = bench.running("Blue").await;
    let again = bench
        .workspaces
        .create(&bench.owner, bench.request("bLUE"))
        .await;
    assert!(matches!(again, Err(Error::NameTaken { .. })), "{again:?}");
    let invalid = bench
        .workspaces
        .create(&bench.owner, bench.request("-blue"))
        .await;
    assert!(matches!(invalid, Err(Error::NameInvalid)), "{invalid:?}");
    let delete = bench.build(created.workspace.id, Transition::Delete).await;
    assert_eq!(bench.ended(&delete).await, WorkspaceStatus::Deleted);
    bench.running("blue").await;
    running.stop().await;
}

#[tokio::test]
async fn of_many_creations_of_one_name_one_wins() {
    let bench = Bench::new().await;
    let creations = (0..10).map(|_| bench.workspaces.create(&bench.owner, bench.request("one")));
    let results = futures_util::future::join_all(creations).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for result in results {
        assert!(
            matches!(result, Ok(_) | Err(Error::NameTaken { .. })),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn the_same_effect_gives_the_same_rows() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let mut request = bench.request("blue");
    request.effect_id = Some(EffectId::new(&bench.clock));
    let first = bench
        .workspaces
        .create(&bench.owner, request.clone())
        .await
        .unwrap();
    let second = bench
        .workspaces
        .create(&bench.owner, request)
        .await
        .unwrap();
    assert_eq!(first.workspace.id, second.workspace.id);
    bench.ended(&first.build).await;
    let stop = NewBuild {
        effect_id: Some(EffectId::new(&bench.clock)),
        ..NewBuild::new(Transition::Stop, BuildReason::Chat)
    };
    let id = first.workspace.id;
    let first = bench
        .workspaces
        .build(&bench.owner, id, stop.clone())
        .await
        .unwrap();
    bench.ended(&first).await;
    let second = bench
        .workspaces
        .build(&bench.owner, id, stop)
        .await
        .unwrap();
    assert_eq!(first.build.id, second.build.id);
    assert_eq!(bench.driver.calls(id), ["start 1", "stop 2"]);
    running.stop().await;
}

#[tokio::test]
async fn a_second_build_is_refused_while_one_is_active() {
    let mut bench = Bench::new().await;
    let created = bench.create("blue").await;
    let id = created.workspace.id;
    let new = NewBuild::new(Transition::Stop, BuildReason::Initiator);
    let refused = bench.workspaces.build(&bench.owner, id, new).await;
    assert!(matches!(refused, Err(Error::BuildActive)), "{refused:?}");
    let running = bench.run();
    bench.ended(&created.build).await;
    let stop = bench.build(id, Transition::Stop).await;
    assert_eq!(stop.build.build_number, 2);
    assert_eq!(bench.ended(&stop).await, WorkspaceStatus::Stopped);
    running.stop().await;
}

#[tokio::test]
async fn of_many_builds_at_once_one_wins() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let id = bench.running("blue").await.workspace.id;
    running.stop().await;
    let builds = (0..10).map(|_| {
        let new = NewBuild::new(Transition::Stop, BuildReason::Initiator);
        bench.workspaces.build(&bench.owner, id, new)
    });
    let results = futures_util::future::join_all(builds).await;
    assert_eq!(
        results.iter().filter(|result| result.is_ok()).count(),
        1,
        "{results:?}"
    );
}

#[tokio::test]
async fn a_failed_start_says_why_and_leaves_nothing_up() {
    let mut bench = Bench::new().await;
    bench.driver.set(Manner::Fails);
    let running = bench.run();
    let created = bench.create("blue").await;
    assert_eq!(bench.ended(&created.build).await, WorkspaceStatus::Failed);
    let id = created.workspace.id;
    let job = bench.latest(id).await.job;
    assert_eq!(job.error.as_deref(), Some("no such level here"));
    assert_eq!(job.error_code, Some(JobErrorCode::SandboxLevel));
    assert_eq!(bench.driver.calls(id), ["start 1", "stop 1"]);
    bench.driver.set(Manner::Connects);
    let start = bench.build(id, Transition::Start).await;
    assert_eq!(bench.ended(&start).await, WorkspaceStatus::Running);
    running.stop().await;
}

#[tokio::test]
async fn a_start_replaces_what_an_earlier_build_left_up() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let id = bench.running("blue").await.workspace.id;
    let start = bench.build(id, Transition::Start).await;
    assert_eq!(bench.ended(&start).await, WorkspaceStatus::Running);
    assert_eq!(bench.driver.calls(id), ["start 1", "stop 2", "start 2"]);
    running.stop().await;
}

#[tokio::test]
async fn strangers_find_nothing_and_change_nothing() {
    let bench = Bench::new().await;
    let created = bench.create("blue").await;
    let (_, stranger): (_, Actor) = bench.person("stranger").await;
    let id = created.workspace.id;
    let is_denied = |error: &store::Error| matches!(error, store::Error::Denied(_));
    let read = bench.store.get_workspace(&stranger, id).await.unwrap_err();
    assert!(is_denied(&read), "{read:?}");
    let new = NewBuild::new(Transition::Delete, BuildReason::Initiator);
    let built = bench.workspaces.build(&stranger, id, new).await;
    assert!(
        matches!(&built, Err(Error::Store(error)) if is_denied(error)),
        "{built:?}"
    );
    let canceled = bench
        .workspaces
        .cancel_build(&stranger, created.build.build.id)
        .await;
    assert!(
        matches!(&canceled, Err(Error::Store(error)) if is_denied(error)),
        "{canceled:?}"
    );
    let for_others = bench
        .workspaces
        .create(&stranger, bench.request("green"))
        .await;
    assert!(matches!(&for_others, Err(Error::Store(error)) if is_denied(error)));
    let (page, count) = bench.store.list_workspaces(&stranger, 10, 0).await.unwrap();
    assert_eq!((page.len(), count), (0, 0));
    let (page, count) = bench
        .store
        .list_workspaces(&bench.owner, 10, 0)
        .await
        .unwrap();
    assert_eq!((page.len(), count), (1, 1));
    assert_eq!(bench.status(id).await, WorkspaceStatus::Pending);
}

#[tokio::test]
async fn the_built_in_template_is_inserted_once() {
    let bench = Bench::new().await;
    let (service, _) = bench.replica();
    service.prepare().await.unwrap();
    let templates = bench
        .store
        .list_templates(&bench.owner, bench.organization)
        .await
        .unwrap();
    let names: Vec<&str> = templates.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, [muster_workspaces::BUILTIN_LOCAL]);
    let (_, version, parameters, presets) = bench
        .store
        .get_active_version(&bench.owner, bench.template)
        .await
        .unwrap();
    assert_eq!(version.provisioner, "local");
    assert_eq!((parameters.len(), presets.len()), (0, 1));
    assert!(presets[0].is_default);
}
