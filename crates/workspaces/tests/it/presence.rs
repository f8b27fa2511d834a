use std::time::Duration;

use muster_agent_link::Closed;
use muster_base::{Micros, MockClock, Secret, limits};
use muster_bus::{Delivery, Event, Topic};
use muster_store::Statement;
use muster_store::workspace_agents::{Agent, Lifecycle};
use muster_store::workspace_builds::Transition;
use muster_workspaces::AuthError;
use muster_workspaces::status::{AgentStatus, agent_status};

use crate::driver::Manner;
use crate::harness::Bench;

async fn agent(bench: &Bench, build: muster_base::BuildId) -> Agent {
    let (_, mut agents) = bench
        .store
        .list_build_agents(&bench.owner, build)
        .await
        .unwrap();
    agents.remove(0)
}

fn status(bench: &Bench, agent: &Agent) -> AgentStatus {
    agent_status(agent, bench.clock.now(), limits::AGENT_INACTIVE_AFTER)
}

#[tokio::test]
async fn a_link_and_its_end_are_recorded() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let (id, build) = (created.workspace.id, created.build.build.id);
    let is = |wanted: AgentStatus| {
        let bench = &bench;
        move || async move {
            let agent = agent(bench, build).await;
            (status(bench, &agent) == wanted).then_some(agent)
        }
    };
    let connected = bench.until(id, is(AgentStatus::Connected)).await;
    assert_eq!(connected.lifecycle_state, Lifecycle::Ready);
    assert_eq!(connected.api_version, "1.0");
    bench.registry.close(connected.id, Closed::Draining);
    bench.until(id, is(AgentStatus::Disconnected)).await;
    bench.driver.connect(id, connected.id).await;
    let back = bench.until(id, is(AgentStatus::Connected)).await;
    assert_eq!(back.first_connected_at, connected.first_connected_at);
    running.stop().await;
}

#[tokio::test]
async fn a_heartbeat_is_written_only_when_the_stored_one_is_old() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let mut bench = Bench::mocked(&mock).await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let (id, build) = (created.workspace.id, created.build.build.id);
    let bench = &bench;
    let first = bench
        .until(id, || async { agent(bench, build).await.last_connected_at })
        .await;
    // Two periods are not yet "old", the third is.
    for _ in 0..3 {
        mock.fire("agents.beat").await;
    }
    mock.armed("agents.beat").await;
    let last = agent(bench, build).await.last_connected_at.unwrap();
    assert!(
        last.since(first) > limits::AGENT_HEARTBEAT_FRESH,
        "{first} {last}"
    );
    running.stop().await;
}

#[tokio::test]
async fn watchers_hear_of_an_agent_that_never_came() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let mut bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::Silent);
    let running = bench.run();
    let created = bench.running("blue").await;
    let agent_id = bench.agent_of(created.build.build.id).await;
    let hints = bench.store.bus().subscribe([Topic::Agent(agent_id)]);
    mock.armed("agents.beat").await;
    mock.advance(Duration::from_secs(121));
    let heard = hints.recv().await;
    assert!(
        matches!(&heard, Delivery::Event(event) if **event == Event::Agent { agent_id }),
        "{heard:?}"
    );
    let agent = agent(&bench, created.build.build.id).await;
    assert_eq!(status(&bench, &agent), AgentStatus::Timeout);
    running.stop().await;
}

#[tokio::test]
async fn a_token_is_dead_once_its_workspace_has_another_build() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let agent_id = bench.agent_of(created.build.build.id).await;
    let token = bench.driver.state.lock().tokens[&agent_id].clone();
    assert_eq!(
        bench.workspaces.authenticate_agent(&token).await.unwrap(),
        agent_id
    );
    let other = Secret::new("guessed".to_owned());
    let guessed = bench.workspaces.authenticate_agent(&other).await;
    assert!(matches!(guessed, Err(AuthError::Invalid)), "{guessed:?}");
    let stop = bench.build(created.workspace.id, Transition::Stop).await;
    let dead = bench.workspaces.authenticate_agent(&token).await;
    assert!(matches!(dead, Err(AuthError::Invalid)), "{dead:?}");
    bench.ended(&stop).await;
    running.stop().await;
}

#[tokio::test]
async fn a_suspended_owner_has_no_agents_and_a_failing_database_kills_none() {
    static SUSPEND: Statement = Statement::new(
        "test/suspend",
        "update users set status = 'suspended' where username = $1",
    );
    let mut bench = Bench::new().await;
    let running = bench.run();
    let created = bench.running("blue").await;
    let agent_id = bench.agent_of(created.build.build.id).await;
    let token = bench.driver.state.lock().tokens[&agent_id].clone();
    bench.sql(&SUSPEND, vec!["owner".into()]).await;
    let suspended = bench.workspaces.authenticate_agent(&token).await;
    assert!(
        matches!(suspended, Err(AuthError::Invalid)),
        "{suspended:?}"
    );
    running.stop().await;
    bench.store.close().await;
    let failed = bench.workspaces.authenticate_agent(&token).await;
    assert!(matches!(failed, Err(AuthError::Backend(_))), "{failed:?}");
}
