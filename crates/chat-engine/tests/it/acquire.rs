//! How chats come to a runner, and what happens when the answer of an acquisition is lost.

use muster_base::limits::{ACQUIRE_BATCH, HEARTBEAT_PERIOD, REPLICA_LEASE_PERIOD};
use muster_base::{RunnerId, WorkerId};
use muster_chat_engine::{Options, Replicas};
use muster_chat_state::ownership::Candidates;
use muster_store::chats::ChatStatus;

use crate::model::{FakeModel, text};
use crate::support::{START, World, in_time};

#[tokio::test]
async fn full_batches_are_followed_by_the_next_without_a_tick() {
    let world = World::new(FakeModel::new(|_, _| text("Hi."))).await;
    let mut chats = Vec::new();
    for _ in 0..=3 * ACQUIRE_BATCH {
        chats.push(world.chat("Hello.").await);
    }
    // The clock stands still, so there is one tick: the first.
    let engine = world.engine();
    for chat in chats {
        world.until_status(chat, ChatStatus::Waiting).await;
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn acquisition_whose_answer_was_lost_is_let_go_of_at_the_next_heartbeat() {
    let world = World::new(FakeModel::new(|_, _| text("Hi."))).await;
    let worker_id = WorkerId::new(&world.clock.clock());
    // The same replica took the chat, and never learned that it did.
    let beat = world.machine.beat_replica(worker_id, START, None).await;
    beat.unwrap();
    let chat = world.chat("Hello.").await;
    let lost = RunnerId::new(&world.clock.clock());
    let taken = world
        .machine
        .acquire(worker_id, lost, Candidates::Unowned, ACQUIRE_BATCH)
        .await;
    assert_eq!(taken.unwrap().len(), 1);
    let engine = World::engine_with(Options {
        worker_id,
        ..world.options(Replicas::Several)
    });
    let beats = HEARTBEAT_PERIOD.as_secs() / REPLICA_LEASE_PERIOD.as_secs();
    for _ in 0..beats {
        assert_eq!(world.read(chat).await.0.runner_id, Some(lost));
        in_time(world.clock.fire("replica.lease")).await;
    }
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
}
