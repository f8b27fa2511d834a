//! Which agent a chat talks to (F05).

use std::time::Duration;

use muster_base::{Micros, MockClock, limits};
use muster_store::workspace_builds::Transition;
use muster_workspaces::{ChatBinding, ConnectError, Connection};

use crate::driver::Manner;
use crate::harness::Bench;

const LONG: Duration = Duration::from_secs(60);

async fn connect(bench: &Bench, binding: ChatBinding) -> Result<Connection, ConnectError> {
    bench.workspaces.connect(binding, LONG).await
}

/// Waits out the five seconds in which a bound agent may still come by itself.
async fn connect_late(
    bench: &Bench,
    mock: &MockClock,
    binding: ChatBinding,
) -> Result<Connection, ConnectError> {
    let waits = async {
        assert_eq!(
            mock.armed("dial.deadline").await,
            limits::BINDING_VALIDATION_DELAY
        );
        mock.fire("dial.deadline").await;
    };
    tokio::join!(connect(bench, binding), waits).0
}

#[tokio::test]
async fn an_unbound_chat_finds_the_agent_of_the_latest_build_and_keeps_it() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let agent = bench.agent_of(created.build.build.id).await;
    let unbound = ChatBinding::to_workspace(created.workspace.id);
    let connection = connect(&bench, unbound).await.unwrap();
    assert!(connection.is_repaired);
    let bound = ChatBinding {
        build_id: Some(created.build.build.id),
        agent_id: Some(agent),
        ..unbound
    };
    assert_eq!(connection.binding, bound);
    assert_eq!(connection.client.agent_id(), agent);
    let again = connect(&bench, bound).await.unwrap();
    assert!(!again.is_repaired);
    assert_eq!(again.binding, bound);
    running.stop().await;
}

#[tokio::test]
async fn a_bound_chat_never_asks_for_the_latest_build() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let unbound = ChatBinding::to_workspace(created.workspace.id);
    let bound = connect(&bench, unbound).await.unwrap().binding;
    bench.counter.reset();
    for _turn in 0..10 {
        connect(&bench, bound).await.unwrap();
    }
    let counts = bench.counter.counts();
    let latest = counts.keys().filter(|(_, name)| name.contains("latest"));
    assert_eq!(latest.count(), 0, "{counts:#?}");
    running.stop().await;
}

#[tokio::test]
async fn a_bound_agent_that_is_pending_is_replaced_by_the_latest_builds_after_five_seconds() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let mut bench = Bench::mocked(&mock).await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let id = created.workspace.id;
    let old = ChatBinding {
        build_id: Some(created.build.build.id),
        agent_id: Some(bench.agent_of(created.build.build.id).await),
        ..ChatBinding::to_workspace(id)
    };
    let start = bench.build(id, Transition::Start).await;
    bench.ended(&start).await;
    let connection = connect_late(&bench, &mock, old).await.unwrap();
    assert!(connection.is_repaired);
    let new = ChatBinding {
        build_id: Some(start.build.id),
        agent_id: Some(bench.agent_of(start.build.id).await),
        ..old
    };
    assert_eq!(connection.binding, new);
    running.stop().await;
}

#[tokio::test]
async fn a_bound_agent_of_the_latest_build_is_waited_for() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let mut bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::Silent);
    let running = bench.run();
    let created = bench.running("blue").await;
    let agent = bench.agent_of(created.build.build.id).await;
    let bound = ChatBinding {
        build_id: Some(created.build.build.id),
        agent_id: Some(agent),
        ..ChatBinding::to_workspace(created.workspace.id)
    };
    let later = async {
        mock.fire("dial.deadline").await;
        // The second dial waits for what is left of the deadline.
        assert_eq!(
            mock.armed("dial.deadline").await,
            LONG - limits::BINDING_VALIDATION_DELAY
        );
        bench.driver.connect(created.workspace.id, agent).await;
    };
    let (connection, ()) = tokio::join!(connect(&bench, bound), later);
    assert!(!connection.unwrap().is_repaired);
    running.stop().await;
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_apart() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let mut bench = Bench::mocked(&mock).await;
    let running = bench.run();
    let none = connect(&bench, ChatBinding::default()).await;
    assert!(matches!(none, Err(ConnectError::NoWorkspace)), "{none:?}");

    let created = bench.running("blue").await;
    let id = created.workspace.id;
    let bound = ChatBinding {
        build_id: Some(created.build.build.id),
        agent_id: Some(bench.agent_of(created.build.build.id).await),
        ..ChatBinding::to_workspace(id)
    };
    let stop = bench.build(id, Transition::Stop).await;
    bench.ended(&stop).await;
    let stopped = connect_late(&bench, &mock, bound).await;
    assert!(matches!(stopped, Err(ConnectError::Stopped)), "{stopped:?}");

    bench.driver.set(Manner::Fails);
    let start = bench.build(id, Transition::Start).await;
    bench.ended(&start).await;
    let failed = connect(&bench, ChatBinding::to_workspace(id)).await;
    assert!(
        matches!(failed, Err(ConnectError::BuildFailed)),
        "{failed:?}"
    );

    let delete = bench.build(id, Transition::Delete).await;
    bench.ended(&delete).await;
    let deleted = connect(&bench, bound).await;
    assert!(matches!(deleted, Err(ConnectError::Deleted)), "{deleted:?}");
    running.stop().await;
}

#[tokio::test]
async fn an_agent_that_never_comes_is_a_timeout_and_one_that_left_is_disconnected() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let mut bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::Silent);
    let running = bench.run();
    let created = bench.running("blue").await;
    let unbound = ChatBinding::to_workspace(created.workspace.id);
    let fires = mock.fire("dial.deadline");
    let (pending, ()) = tokio::join!(connect(&bench, unbound), fires);
    assert!(
        matches!(pending, Err(ConnectError::DialTimeout)),
        "{pending:?}"
    );
    mock.advance(Duration::from_secs(200));
    let fires = mock.fire("dial.deadline");
    let (gone, ()) = tokio::join!(connect(&bench, unbound), fires);
    assert!(matches!(gone, Err(ConnectError::Disconnected)), "{gone:?}");
    running.stop().await;
}
