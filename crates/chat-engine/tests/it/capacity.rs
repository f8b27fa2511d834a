//! How many chats run at once, and that nobody waits for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use muster_base::Clock;
use muster_chat_engine::{Capacity, Replicas, StreamEvent};
use muster_llm::{EventStream, Request};
use muster_store::chats::ChatStatus;
use serde_json::{Value, json};

use crate::model::{FakeModel, calls, hangs_after, text};
use crate::subagents::{is_child, results, spawn_and_wait, world};
use crate::support::{Replica, World, events_until, in_time};

const SUBAGENTS: usize = 200;
const SLOTS: usize = 5;

impl World {
    fn engine_for(&self, roots: usize, subagents: usize) -> Replica {
        let mut options = self.options(Replicas::Several);
        options.capacity = Capacity { roots, subagents };
        Self::engine_with(options)
    }
}

impl Replica {
    async fn until_waiting(&self, chats: usize) {
        let wait = async {
            while self.handle.waiting_chats() != chats {
                pause().await;
            }
        };
        in_time(wait).await;
    }
}

async fn pause() {
    let pause = Clock::system().timer("test.poll", Duration::from_millis(10));
    pause.await;
}

fn says(request: &Request, words: &str) -> bool {
    format!("{:?}", request.messages).contains(words)
}

#[tokio::test]
async fn chat_that_waits_for_a_slot_can_be_interrupted_and_the_next_gets_it() {
    let model = FakeModel::new(|_, request| {
        if says(request, "Long.") {
            hangs_after("Looking")
        } else {
            text("Hi.")
        }
    });
    let world = World::new(model).await;
    let engine = world.engine_for(1, 0);
    let long = world.chat("Long.").await;
    world.until(long, |now| now.generation_attempt == 1).await;
    let stopped = world.chat("Stopped.").await;
    engine.until_waiting(1).await;
    let patient = world.chat("Patient.").await;
    engine.until_waiting(2).await;
    for waits in [stopped, patient] {
        world.until(waits, |now| now.queued_for_capacity).await;
    }
    assert!(!world.read(long).await.0.queued_for_capacity);
    world.interrupt(stopped).await;
    let ended = world.until_status(stopped, ChatStatus::Waiting).await;
    assert!(!ended.queued_for_capacity, "it waits for its user now");
    engine.until_waiting(1).await;
    assert_eq!(world.transcript(stopped).await, ["user: Stopped."]);
    assert_eq!(world.read(patient).await.0.generation_attempt, 0);
    world.interrupt(long).await;
    world.until_status(patient, ChatStatus::Waiting).await;
    let said = world.transcript(patient).await;
    assert_eq!(said, ["user: Patient.", "assistant: Hi."]);
    engine.shutdown().await;
}

#[tokio::test]
async fn parent_that_waits_lets_others_run() {
    let model = FakeModel::new(|_, request| {
        let by_child = is_child(request);
        if by_child && !says(request, "Finish.") {
            return hangs_after("Looking");
        }
        if by_child || says(request, "Other.") {
            return text("Hi.");
        }
        let results = results(request);
        let mut ids = results.iter().filter_map(|it| it["chat_id"].as_str());
        spawn_and_wait(results.len(), ids.next().unwrap_or_default())
    });
    let world = world(model).await;
    let engine = world.engine_for(1, 1);
    let parent = world.chat("Go.").await;
    in_time(world.clock.armed("subagent.poll")).await;
    let other = world.chat("Other.").await;
    world.until_status(other, ChatStatus::Waiting).await;
    assert_eq!(world.read(parent).await.0.status, ChatStatus::Running);
    let child = world.only_child(parent).await.id;
    let busy = muster_chat_state::transitions::BusyBehavior::Interrupt;
    world.send(child, "Finish.", busy).await;
    world.until_status(parent, ChatStatus::Waiting).await;
    let said = world.transcript(parent).await;
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    engine.shutdown().await;
}

#[tokio::test]
async fn wait_for_a_slot_is_told_to_whoever_follows_and_outlives_its_server() {
    let model = FakeModel::new(|_, request| {
        if says(request, "Long.") {
            hangs_after("Looking")
        } else {
            text("Hi.")
        }
    });
    let world = World::new(model).await;
    let first = world.engine_for(1, 0);
    let long = world.chat("Long.").await;
    world.until(long, |now| now.generation_attempt == 1).await;
    let patient = world.chat("Patient.").await;
    let start = muster_chat_engine::StreamStart::AfterId(None);
    let mut stream = first.stream(&world.user, patient, start).await;
    let is_told = |event: &StreamEvent| matches!(event, StreamEvent::ChatUpdated(chat) if chat.queued_for_capacity);
    events_until(&mut stream, is_told).await;
    first.shutdown().await;
    assert!(world.read(patient).await.0.queued_for_capacity);
    world.interrupt(long).await;
    let second = world.engine_for(1, 0);
    let done = world.until_status(patient, ChatStatus::Waiting).await;
    assert!(!done.queued_for_capacity);
    second.shutdown().await;
}

/// Counts those who are being answered, and the most of them at one time.
#[derive(Default)]
struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

struct Counted(Arc<Gauge>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An answer that counts from its first event to its last.
fn counted(gauge: &Arc<Gauge>, answer: EventStream) -> EventStream {
    let now = gauge.now.fetch_add(1, Ordering::AcqRel) + 1;
    gauge.most.fetch_max(now, Ordering::AcqRel);
    let counted = Counted(Arc::clone(gauge));
    answer
        .map(move |event| {
            let _while_it_streams = &counted;
            event
        })
        .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_subagents_share_five_slots_and_all_report() {
    let gauge: Arc<Gauge> = Arc::default();
    let counts = Arc::clone(&gauge);
    let model = FakeModel::new(move |_, request| {
        if is_child(request) {
            return counted(&counts, text("All quiet."));
        }
        let results = results(request);
        match results.len() {
            0 => each(|n| ("spawn_agent", json!({"prompt": format!("Task {n}.")}))),
            SUBAGENTS => each(|n| {
                let child = results[n]["chat_id"].clone();
                (
                    "wait_agent",
                    json!({"chat_id": child, "timeout_seconds": 3600}),
                )
            }),
            _ => text("Done."),
        }
    });
    let world = world(model).await;
    let engine = world.engine_for(1, SLOTS);
    let chat = world.chat("Go.").await;
    // A minute by the wall, and at least as much by the test's clock.
    for _ in 0..60 {
        if world.read(chat).await.0.status == ChatStatus::Waiting {
            break;
        }
        let second = Clock::system().timer("test.second", Duration::from_secs(1));
        second.await;
        world.clock.advance(Duration::from_secs(1));
    }
    let said = world.transcript(chat).await;
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    let reports = said.iter().filter(|line| line.contains("All quiet."));
    assert_eq!(reports.count(), SUBAGENTS);
    assert_eq!(world.children(chat).await.len(), SUBAGENTS);
    let most = gauge.most.load(Ordering::Acquire);
    assert!((1..=SLOTS).contains(&most), "{most} at once");
    assert_eq!(engine.handle.waiting_chats(), 0);
    engine.shutdown().await;
}

fn each(call: impl Fn(usize) -> (&'static str, Value)) -> EventStream {
    let ids: Vec<String> = (0..SUBAGENTS).map(|n| format!("call-{n}")).collect();
    let all = ids.iter().enumerate().map(|(n, id)| {
        let (tool, args) = call(n);
        (id.as_str(), tool, args)
    });
    calls(&all.collect::<Vec<_>>())
}
