//! Taking chats in batches, beating for all of them, and letting go.

use futures_util::future::join_all;
use muster_base::in_time;
use muster_base::{RunnerId, WorkerId, limits};
use muster_bus::Topic;
use muster_chat_state::ownership::Candidates;
use muster_chat_state::transitions::{BusyBehavior, Interrupt};
use muster_store::{Engine, Statement, chat_heartbeats, chats};
use tokio::sync::{mpsc, watch};

use crate::support::{START, World, delivered};

/// Races for one chat; on PostgreSQL some of them meet in the middle of a statement.
const ROUNDS: usize = 50;

#[tokio::test]
async fn batch_is_taken_longest_waiting_first_and_told() {
    let world = World::new().await;
    let mut chats = Vec::new();
    for _ in 0..3 {
        chats.push(world.create().await.id);
        world.clock.advance(std::time::Duration::from_millis(1));
    }
    let ears = world.subscribe([Topic::AllChatUpdates]);
    let runner = RunnerId::new(&world.now());
    let acquire = |limit| {
        world
            .machine
            .acquire(world.worker, runner, Candidates::Unowned, limit)
    };
    let taken = acquire(2).await.unwrap();
    let ids: Vec<_> = taken.iter().map(|chat| chat.chat_id).collect();
    assert_eq!(ids, chats[..2]);
    for chat in &taken {
        assert_eq!(world.chat(chat.chat_id).await.versions(), *chat);
    }
    assert_eq!(delivered(&ears).len(), 2);
    assert_eq!(acquire(10).await.unwrap().len(), 1);
    assert_eq!(acquire(10).await.unwrap(), []);
    let beats = world.machine.beat_chats(world.worker).await.unwrap();
    assert_eq!(beats.len(), 3);
}

#[tokio::test]
async fn only_runnable_chats_are_taken() {
    let world = World::new().await;
    let waiting = world.waiting().await;
    world.abandon(waiting).await;
    let running = world.create().await.id;
    let stopped = world.create().await.id;
    world.do_it(stopped, Interrupt).await;
    let runner = RunnerId::new(&world.now());
    let taken = world
        .machine
        .acquire(world.worker, runner, Candidates::Unowned, 10);
    let mut ids: Vec<_> = taken.await.unwrap().iter().map(|c| c.chat_id).collect();
    ids.sort();
    let mut expected = [running, stopped];
    expected.sort();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn two_workers_never_take_the_same_chat() {
    let world = World::new().await;
    for _ in 0..30 {
        world.create().await;
    }
    let take = |worker: WorkerId| {
        let runner = RunnerId::new(&world.now());
        world
            .machine
            .acquire(worker, runner, Candidates::Unowned, 10)
    };
    let other = WorkerId::new(&world.now());
    let batches = tokio::join!(
        take(world.worker),
        take(other),
        take(world.worker),
        take(other)
    );
    let batches = [batches.0, batches.1, batches.2, batches.3];
    let mut ids: Vec<_> = batches
        .into_iter()
        .flat_map(|batch| batch.unwrap())
        .map(|chat| chat.chat_id)
        .collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

/// Its hint has been given: a chat that is passed over now waits for the next tick.
#[tokio::test]
async fn chat_that_somebody_holds_for_a_moment_is_waited_for() {
    static WAITING: Statement = Statement::new(
        "test/waiting_for_a_lock",
        "select count(*) as n from pg_locks where not granted",
    );
    if muster_testkit::db::engine() == Engine::Sqlite {
        // One writer: nobody can hold a chat beside it.
        return;
    }
    let world = World::new().await;
    let chat = world.create().await.id;
    let (held, mut is_held) = mpsc::channel(1);
    let (let_go, may_go) = watch::channel(false);
    let holding = world.store().write("test.hold", move |tx| {
        let (held, mut may_go) = (held.clone(), may_go.clone());
        Box::pin(async move {
            chats::door::lock(tx, chat).await?;
            assert!(held.send(()).await.is_ok(), "somebody waits for it");
            drop(may_go.wait_for(|may_go| *may_go).await);
            Ok::<_, muster_store::Error>(())
        })
    });
    let taking = async {
        is_held.recv().await;
        let runner = RunnerId::new(&world.now());
        let taking = world
            .machine
            .acquire(world.worker, runner, Candidates::Unowned, 10);
        let mut taking = std::pin::pin!(taking);
        let passed_over = tokio::select! {
            taken = &mut taking => Some(taken),
            () = somebody_waits(&world, &WAITING) => None,
        };
        let_go.send_replace(true);
        match passed_over {
            Some(taken) => taken,
            None => taking.await,
        }
    };
    let (held, taken) = tokio::join!(holding, taking);
    held.unwrap();
    let taken: Vec<_> = taken.unwrap().iter().map(|taken| taken.chat_id).collect();
    assert_eq!(taken, [chat]);
}

/// Looks until the database says that a transaction waits for a lock.
async fn somebody_waits(world: &World, count: &'static Statement) {
    let waits = async || {
        let waiting = world.store().read("test.waits", move |tx| {
            Box::pin(async move { tx.query_one(count, &[]).await?.get::<i64>("n") })
        });
        waiting.await.unwrap() > 0
    };
    in_time(async { while !waits().await {} }).await;
}

#[tokio::test]
async fn worker_that_was_suspended_does_not_take_over_its_own_chats() {
    let world = World::new().await;
    let fixture = world.running().await;
    world.clock.advance(limits::CHAT_STALE_AFTER * 2);
    let take = |worker| {
        let runner = RunnerId::new(&world.now());
        world.machine.acquire(worker, runner, Candidates::Stale, 10)
    };
    assert_eq!(take(world.worker).await.unwrap(), []);
    assert_eq!(world.chat(fixture.id).await.runner_id, Some(fixture.runner));
    // Its lease was renewed for everybody to see, and grows old again.
    let other = WorkerId::new(&world.now());
    assert_eq!(take(other).await.unwrap(), []);
    world.clock.advance(limits::CHAT_STALE_AFTER * 2);
    assert_eq!(take(other).await.unwrap().len(), 1);
}

#[tokio::test]
async fn chat_that_was_just_taken_over_is_not_taken_again() {
    let world = World::new().await;
    let fixture = world.running().await;
    let workers: Vec<WorkerId> = (0..8).map(|_| WorkerId::new(&world.now())).collect();
    for worker in &workers {
        let beat = world.machine.beat_replica(*worker, START, None);
        beat.await.unwrap();
    }
    for _ in 0..ROUNDS {
        // Nobody's heartbeat: whoever comes first takes it.
        world
            .store()
            .write("test.silence", |tx| {
                Box::pin(async move { chat_heartbeats::delete_all(tx).await })
            })
            .await
            .unwrap();
        let takes = workers.iter().map(|worker| {
            let runner = RunnerId::new(&world.now());
            world
                .machine
                .acquire(*worker, runner, Candidates::Stale, 10)
        });
        let takes = join_all(takes).await;
        let taken: usize = takes.into_iter().map(|took| took.unwrap().len()).sum();
        assert_eq!(taken, 1, "one owner for {}", fixture.id);
    }
}

#[tokio::test]
async fn letting_go_makes_a_chat_anybodys() {
    let world = World::new().await;
    let fixture = world.running().await;
    world.abandon(fixture).await;
    let chat = world.chat(fixture.id).await;
    assert_eq!((chat.worker_id, chat.runner_id), (None, None));
    assert_eq!(world.machine.beat_chats(world.worker).await.unwrap(), []);
    world.acquire(fixture.id).await;
}

#[tokio::test]
async fn start_on_the_own_data_folder_takes_every_chat_from_its_owner() {
    let world = World::new().await;
    let fixture = world.running().await;
    assert_eq!(world.machine.disown_all().await.unwrap(), 1);
    let runner = RunnerId::new(&world.now());
    let taken = world
        .machine
        .acquire(world.worker, runner, Candidates::Unowned, 10);
    assert_eq!(taken.await.unwrap()[0].chat_id, fixture.id);
}

#[tokio::test]
async fn sweep_forgets_the_dead_and_keeps_the_living() {
    let world = World::new().await;
    let fixture = world.running().await;
    world.machine.sweep_leases().await.unwrap();
    let alive = world.machine.beat_chats(world.worker).await.unwrap();
    assert_eq!(alive, [(fixture.id, fixture.runner)]);
    world.clock.advance(limits::CHAT_STALE_AFTER * 3);
    world.machine.sweep_leases().await.unwrap();
    assert_eq!(world.machine.beat_chats(world.worker).await.unwrap(), []);
    let replica = world.machine.get_replica(world.worker).await.unwrap();
    assert_eq!(replica, None);
}

#[tokio::test]
async fn ownership_moves_neither_history_nor_queue() {
    let world = World::new().await;
    let chat = world.create().await;
    world.send(chat.id, "Later", BusyBehavior::Queue).await;
    let before = world.chat(chat.id).await;
    let fixture = world.acquire(chat.id).await;
    world.abandon(fixture).await;
    let after = world.chat(chat.id).await;
    assert_eq!(after.snapshot_version, before.snapshot_version + 2);
    assert_eq!(after.history_version, before.history_version);
    assert_eq!(after.queue_version, before.queue_version);
    assert_eq!(after.updated_at, before.updated_at);
}
