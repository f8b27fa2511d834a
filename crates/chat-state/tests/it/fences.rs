//! An owner that was replaced writes nothing and tells nothing.

use std::time::Duration;

use muster_base::limits::{CHAT_STALE_AFTER, REPLICA_DEAD_AFTER};
use muster_base::{RunnerId, WorkerId};
use muster_bus::Topic;
use muster_chat_state::ownership::Candidates;
use muster_chat_state::transitions::{
    Abandon, BusyBehavior, CommitStep, FinishError, FinishInterruption, FinishTurn,
    RecordGenerationAttempt, RecordRetryState,
};
use muster_chat_state::{Command, Error, Fence};

use crate::cells::retry_state;
use crate::support::{Fixture, World, broken, delivered};

async fn assert_stale<C: Command>(world: &World, fixture: Fixture, command: C) {
    let before = world.everything(fixture.id).await;
    let ears = world.subscribe([
        Topic::ChatUpdate(fixture.id),
        Topic::ChatOwner(world.owner),
        Topic::ChatOwnership,
    ]);
    let name = command.transition();
    let Err(error) = world.apply(fixture.id, command).await else {
        panic!("{name} was written");
    };
    assert!(error.is_stale(), "{name}: {error}");
    assert_eq!(world.everything(fixture.id).await, before, "{name}");
    assert_eq!(delivered(&ears), [], "{name}");
}

async fn assert_all_stale(world: &World, fixture: Fixture, fence: Fence) {
    let (step, _effects) = world.calling(&["a"]);
    let retry = retry_state(world);
    let error = broken();
    assert_stale(world, fixture, RecordGenerationAttempt { fence }).await;
    assert_stale(world, fixture, RecordRetryState { fence, retry }).await;
    assert_stale(world, fixture, CommitStep { fence, step }).await;
    assert_stale(world, fixture, FinishTurn { fence }).await;
    assert_stale(world, fixture, FinishError { fence, error }).await;
    let partial = None;
    assert_stale(world, fixture, FinishInterruption { fence, partial }).await;
}

#[tokio::test]
async fn owner_that_was_taken_over_from_writes_nothing() {
    let world = World::new().await;
    let old = world.running().await;
    let fence = world.fence(old).await;
    world
        .clock
        .advance(REPLICA_DEAD_AFTER + Duration::from_secs(1));
    let other = WorkerId::new(&world.now());
    let runner = RunnerId::new(&world.now());
    let beat = world.machine.beat_replica(other, world.now().now(), None);
    beat.await.unwrap();
    let taken = world.machine.acquire(other, runner, Candidates::Stale, 10);
    assert_eq!(taken.await.unwrap().len(), 1);

    assert_all_stale(&world, old, fence).await;
    let runner_id = old.runner;
    assert_stale(&world, old, Abandon { runner_id }).await;
}

#[tokio::test]
async fn step_of_a_history_that_was_edited_is_refused() {
    let world = World::new().await;
    let fixture = world.running().await;
    let fence = world.fence(fixture).await;
    let page = world
        .store()
        .list_messages(world.user(), fixture.id, None, 1)
        .await
        .unwrap();
    let edit = muster_chat_state::transitions::EditMessage {
        message_id: page.messages[0].id,
        content: crate::support::text("Instead"),
        edited_by: world.owner,
    };
    world.do_it(fixture.id, edit).await;
    assert_all_stale(&world, fixture, fence).await;
}

#[tokio::test]
async fn step_of_a_run_that_was_interrupted_is_refused() {
    let world = World::new().await;
    let fixture = world.running().await;
    let fence = world.fence(fixture).await;
    world
        .send(fixture.id, "Stop", BusyBehavior::Interrupt)
        .await;
    assert_all_stale(&world, fixture, fence).await;
}

#[tokio::test]
async fn queueing_behind_a_run_does_not_stop_it() {
    let world = World::new().await;
    let fixture = world.running().await;
    let fence = world.fence(fixture).await;
    world.send(fixture.id, "Later", BusyBehavior::Queue).await;
    let (step, _effects) = world.calling(&["a"]);
    world.do_it(fixture.id, CommitStep { fence, step }).await;
}

#[tokio::test]
async fn fruit_of_an_earlier_attempt_is_refused() {
    let world = World::new().await;
    let fixture = world.running().await;
    let fence = world.fence(fixture).await.at_attempt(1);
    world.attempt(fixture).await;
    let (step, _effects) = world.calling(&["a"]);
    assert_stale(&world, fixture, CommitStep { fence, step }).await;
}

#[tokio::test]
async fn live_owner_is_not_taken_over_from() {
    let world = World::new().await;
    let fixture = world.running().await;
    let runner = RunnerId::new(&world.now());
    let taken = world
        .machine
        .acquire(world.worker, runner, Candidates::Stale, 10);
    assert_eq!(taken.await.unwrap(), []);
    let command = muster_chat_state::transitions::Acquire {
        worker_id: world.worker,
        runner_id: runner,
    };
    let error = world.apply(fixture.id, command).await.unwrap_err();
    let Error::Rejected { reason, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(reason, muster_chat_state::Reason::Owned);
}

#[tokio::test]
async fn silent_runner_of_a_live_replica_loses_its_chat() {
    let world = World::new().await;
    let fixture = world.running().await;
    world
        .clock
        .advance(CHAT_STALE_AFTER + Duration::from_secs(1));
    world.beat().await;
    let runner = RunnerId::new(&world.now());
    let taken = world
        .machine
        .acquire(world.worker, runner, Candidates::Stale, 10);
    assert_eq!(taken.await.unwrap()[0].chat_id, fixture.id);
    let alive = world.machine.beat_chats(world.worker).await.unwrap();
    assert_eq!(alive, [(fixture.id, runner)]);
}
