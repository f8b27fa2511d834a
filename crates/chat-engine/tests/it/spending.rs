//! Spending limits inside of runs: what is refused, what goes on, and that the sums are right
//! whatever happens meanwhile.

use std::time::Duration;

use muster_base::{ChatId, Clock, MicroDollars, Micros, Period, Span, WorkerId};
use muster_chat_engine::{Capacity, Replicas, UsageLimitReached};
use muster_chat_state::transitions::BusyBehavior;
use muster_llm::{EventStream, Failure, FailureKind, Request, Usage};
use muster_rbac::{Actor, Purpose};
use muster_store::chat_messages::Since;
use muster_store::chats::{Chat, ChatStatus};
use muster_store::usage::UserUsage;
use serde_json::{Value, json};

use crate::model::{FakeModel, calls, fails, hangs_after, text, using};
use crate::process::Process;
use crate::subagents::{family, is_child, results, spawn, world};
use crate::support::{START, World, in_time};

/// What a step of the fake model costs: 1,000 tokens in and 10 out.
const STEP: i64 = 2_100;

/// A failure that cost as much as a step.
fn dear(kind: FailureKind) -> EventStream {
    fails(Failure::of(kind, None).with_usage(Usage {
        input: Some(1_000),
        output: Some(10),
        ..Usage::default()
    }))
}

impl World {
    async fn limit(&self, limit: i64) {
        let setup = Actor::system(Purpose::Setup);
        let limit = Some(MicroDollars(limit));
        let set = self.store.set_usage_limits(&setup, limit, Period::Month);
        set.await.unwrap();
    }

    async fn queued(&self, chat: ChatId) -> usize {
        let snapshot = self
            .store
            .get_chat_snapshot(&self.user, chat, Since::Nothing);
        snapshot.await.unwrap().queue.len()
    }

    async fn usage(&self) -> UserUsage {
        let span = Span {
            start: START,
            end: self.clock.now() + Duration::from_secs(1),
        };
        let usage = self.store.get_user_usage(&self.user, self.owner, span);
        usage.await.unwrap()
    }
}

/// Lets others do something.
async fn moment() {
    let moment = Clock::system().timer("test.moment", Duration::from_millis(20));
    moment.await;
}

#[tokio::test]
async fn failed_attempts_cost_what_their_provider_says_they_used() {
    let model = FakeModel::new(|n, _| match n {
        0 => fails(Failure::of(FailureKind::Overloaded, None)),
        1 => dear(FailureKind::Overloaded),
        2 => text("Done."),
        _ => dear(FailureKind::Auth),
    });
    let world = world(model).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    for attempt in [1, 2] {
        let waits = |row: &Chat| {
            row.retry_state
                .as_ref()
                .is_some_and(|it| it.attempt == attempt)
        };
        world.until(chat, waits).await;
        world.clock.fire("model.retry").await;
    }
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(world.usage().await.totals.cost, MicroDollars(2 * STEP));
    world.send(chat, "And again.", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Error).await;
    assert_eq!(world.usage().await.totals.cost, MicroDollars(3 * STEP));
    assert_eq!(
        world.transcript(chat).await,
        ["user: Go.", "assistant: Done.", "user: And again."]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn subagent_is_given_nothing_more_once_the_limit_is_reached() {
    let model = family(
        |step, child| match step {
            0 => spawn(),
            1 => {
                let wait = json!({"chat_id": child, "timeout_seconds": 60});
                calls(&[("wait", "wait_agent", wait)])
            }
            2 => calls(&[
                ("more", "spawn_agent", json!({"prompt": "More."})),
                (
                    "tell",
                    "message_agent",
                    json!({"chat_id": child, "message": "More."}),
                ),
            ]),
            _ => text("Done."),
        },
        |_| text("All quiet."),
    );
    let world = world(model).await;
    // The parent's three steps and the child's one.
    world.limit(4 * STEP).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    let row = world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(row.last_error, None, "a refused call is no failed turn");
    let said = world.transcript(chat).await;
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    for call in ["more", "tell"] {
        let line = said.iter().find_map(|line| {
            let (_, result) = line.split_once(&format!("result {call} "))?;
            Some(serde_json::from_str::<Value>(result).unwrap())
        });
        let mut result = line.unwrap();
        let error = result["error"].take();
        assert!(error.as_str().unwrap().starts_with("The spending limit"));
        let told = json!({
            "error": null, "kind": "usage_limit", "spent_micros": 4 * STEP,
            "limit_micros": 4 * STEP, "resets_at": "2026-02-01T00:00:00Z",
        });
        assert_eq!(result, told);
    }
    let child = world.only_child(chat).await;
    let told = world.transcript(child.id).await;
    assert_eq!(told, ["user: Look around.", "assistant: All quiet."]);
    let reached = engine.handle.admit(world.owner).await.unwrap_err();
    let spent = UsageLimitReached {
        spent: MicroDollars(5 * STEP),
        limit: MicroDollars(4 * STEP),
        resets_at: Micros::parse("2026-02-01T00:00:00Z").unwrap(),
    };
    assert_eq!(reached, spent);
    world.clock.advance(Duration::from_secs(31 * 24 * 3600));
    engine.handle.admit(world.owner).await.unwrap();
    engine.shutdown().await;
}

#[tokio::test]
async fn call_that_was_cut_short_behind_its_commit_is_not_refused_the_second_time() {
    let model = family(
        |step, child| match step {
            0 => spawn(),
            1 => calls(&[
                ("again", "spawn_agent", json!({"prompt": "Be quick."})),
                (
                    "tell",
                    "message_agent",
                    json!({"chat_id": child, "message": "Finish."}),
                ),
                ("wait", "wait_agent", json!({"chat_id": child})),
            ]),
            _ => text("Done."),
        },
        |request| {
            let words = format!("{:?}", request.messages);
            if words.contains("Look around.") && !words.contains("Finish.") {
                hangs_after("Looking")
            } else {
                text("Finished.")
            }
        },
    );
    let world = world(model).await;
    world.limit(100 * STEP).await;
    let first = world.engine();
    let chat = world.chat("Go.").await;
    in_time(world.clock.armed("subagent.poll")).await;
    // The other two calls of the step run beside the wait.
    let both = in_time(async {
        loop {
            let children = world.children(chat).await;
            let (scout, other): (Vec<_>, Vec<_>) = children
                .into_iter()
                .partition(|child| child.title == "Scout");
            if let ([slow], [quick]) = (&*scout, &*other)
                && world.queued(slow.id).await == 1
            {
                return (slow.id, quick.id);
            }
            moment().await;
        }
    });
    let (slow, quick) = both.await;
    world.until_status(quick, ChatStatus::Waiting).await;
    world.limit(STEP).await;
    first.shutdown().await;
    let second = world.engine();
    in_time(world.clock.armed("subagent.poll")).await;
    world.interrupt(slow).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let said = world.transcript(chat).await.join("\n");
    assert!(!said.contains("usage_limit"), "{said}");
    assert!(said.contains(&quick.to_string()), "{said}");
    assert_eq!(world.children(chat).await.len(), 2);
    world.until_status(slow, ChatStatus::Waiting).await;
    let told = world.transcript(slow).await.join("\n");
    assert_eq!(told.matches("user: Finish.").count(), 1, "{told}");
    second.shutdown().await;
}

#[tokio::test]
async fn queued_message_is_said_though_the_limit_was_reached_meanwhile() {
    let model = FakeModel::new(|n, _| match n {
        0 => hangs_after("Looking"),
        _ => text("Done."),
    });
    let world = world(model).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until(chat, |now| now.generation_attempt == 1).await;
    world.send(chat, "First.", BusyBehavior::Queue).await;
    world.send(chat, "Second.", BusyBehavior::Queue).await;
    // From the first answer on nothing more may be begun.
    world.limit(1).await;
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let said = world.transcript(chat).await;
    let tail = &said[said.len() - 4..];
    let expected = [
        "user: First.",
        "assistant: Done.",
        "user: Second.",
        "assistant: Done.",
    ];
    assert_eq!(tail, expected);
    assert!(engine.handle.admit(world.owner).await.is_err());
    engine.shutdown().await;
}

const SUBAGENTS: usize = 200;
/// Subagents that are spawned at a time.
const WAVE: usize = 25;
/// Steps of the parent: to spawn and to wait for each wave, the refused one, and the last word.
const PARENT_STEPS: i64 = (2 * SUBAGENTS / WAVE + 2) as i64;
/// How often the engine is killed.
const KILLS: usize = 6;
/// Requests between two kills.
const REQUESTS: usize = 32;

/// Input tokens of a subagent's one step; no two are alike, so that no error cancels another.
fn tokens(subagent: usize) -> u64 {
    1_000 + 7 * subagent as u64
}

fn cost(subagent: usize) -> i64 {
    2 * tokens(subagent).cast_signed() + 100
}

/// Spawns wave after wave and waits for each, until one is refused.
fn waves(results: &[Value]) -> EventStream {
    let wave = results.len() / (2 * WAVE);
    let (last, is_refused) = match results.len() % (2 * WAVE) {
        0 => return each(|n| ("spawn_agent", json!({"prompt": task(wave * WAVE + n)}))),
        _ => {
            let last = &results[results.len() - WAVE..];
            (
                last,
                last.iter().any(|result| result["kind"] == "usage_limit"),
            )
        }
    };
    if is_refused {
        return text("Done.");
    }
    each(|n| {
        let child = last[n]["chat_id"].clone();
        let wait = json!({"chat_id": child, "timeout_seconds": 3600});
        ("wait_agent", wait)
    })
}

fn each(call: impl Fn(usize) -> (&'static str, Value)) -> EventStream {
    let ids: Vec<String> = (0..WAVE).map(|n| format!("call-{n}")).collect();
    let all = ids.iter().enumerate().map(|(n, id)| {
        let (tool, args) = call(n);
        (id.as_str(), tool, args)
    });
    calls(&all.collect::<Vec<_>>())
}

fn task(subagent: usize) -> String {
    format!("Task {subagent}.")
}

fn asked(request: &Request) -> usize {
    let words = format!("{:?}", request.messages);
    let (_, rest) = words.split_once("Task ").unwrap();
    let (number, _) = rest.split_once('.').unwrap();
    number.parse().unwrap()
}

async fn start(world: &World, predecessor: Option<WorkerId>) -> (Process, WorkerId) {
    let mut options = world.options(Replicas::Several);
    options.predecessor = predecessor;
    options.capacity = Capacity {
        roots: 1,
        subagents: 5,
    };
    let worker = options.worker_id;
    (world.process_with(options).await, worker)
}

/// Lets time pass until the chat has come to rest, and kills the engine again and again.
async fn run_to_the_end(world: &World, chat: ChatId) -> usize {
    let (mut process, mut worker) = start(world, None).await;
    let mut kills = 0;
    // Two minutes by the wall, and far more by the test's clock.
    for _ in 0..6_000 {
        if world.read(chat).await.0.status == ChatStatus::Waiting {
            break;
        }
        moment().await;
        world.clock.advance(Duration::from_millis(500));
        if kills < KILLS && world.model.requests().len() >= (kills + 1) * REQUESTS {
            process.kill();
            (process, worker) = start(world, Some(worker)).await;
            kills += 1;
        }
    }
    process.kill();
    kills
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_subagents_stop_at_the_limit_and_cost_what_they_cost_after_kills() {
    let model = FakeModel::new(|_, request| {
        if is_child(request) {
            return using(text("All quiet."), tokens(asked(request)));
        }
        waves(&results(request))
    });
    let world = world(model).await;
    let children: i64 = (0..SUBAGENTS).map(cost).sum();
    // Reached when the parent asks for the first subagent beyond the 200, not before.
    world.limit(children + (PARENT_STEPS - 1) * STEP).await;
    let chat = world.chat("Go.").await;
    let kills = run_to_the_end(&world, chat).await;
    assert_eq!(kills, KILLS);

    let said = world.transcript(chat).await;
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    let refused = said.iter().filter(|line| line.contains("usage_limit"));
    assert_eq!(refused.count(), WAVE, "the whole wave behind the limit");
    let failed = said.iter().filter(|line| line.contains("\"error\""));
    let failed: Vec<_> = failed
        .filter(|line| !line.contains("usage_limit"))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    let rows = world.children(chat).await;
    assert_eq!(rows.len(), SUBAGENTS);
    assert!(rows.iter().all(|row| row.status == ChatStatus::Waiting));

    let usage = world.usage().await;
    assert_eq!(usage.totals.cost.0, children + PARENT_STEPS * STEP);
    let answers = SUBAGENTS as i64 + PARENT_STEPS;
    assert_eq!(
        (usage.totals.messages, usage.totals.priced),
        (answers, answers)
    );
    assert_eq!(usage.chats.len(), 1, "children count with their root");
    assert_eq!(usage.chats[0].totals, usage.totals);
    let of_chat = world.store.get_chat_usage(&world.user, chat).await.unwrap();
    assert_eq!(of_chat.totals, usage.totals);
    assert_eq!(of_chat.own_cost.0, PARENT_STEPS * STEP);
    for row in rows {
        let own = world
            .store
            .get_chat_usage(&world.user, row.id)
            .await
            .unwrap();
        let (_, number) = row.title.trim_end_matches('.').split_once(' ').unwrap();
        assert_eq!(
            own.totals.cost.0,
            cost(number.parse().unwrap()),
            "{}",
            row.title
        );
    }
}
