//! A chat with subagents whose engine is killed at every point: the next one goes on, and the
//! family looks as if nothing had happened.
//!
//! Two kinds of points: the engine dies while it waits for an answer (of every request in
//! turn), and right after the parent's row has changed (for every change in turn).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use muster_base::{ChatId, Clock};
use muster_bus::Topic;
use muster_llm::{EventStream, Request};
use muster_store::chats::ChatStatus;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::model::{FakeModel, calls, hangs, text};
use crate::subagents::{is_child, results, world};
use crate::support::World;

const SUBAGENTS: usize = 5;
/// Answers of an uncut run: the parent's five, and one for each subagent's message.
const REQUESTS: usize = 5 + SUBAGENTS + 1;
/// Rounds in which a family must come to rest.
const ROUNDS_MAX: usize = 3_000;

fn child_of(results: &[Value], n: usize) -> Value {
    results[n]["chat_id"].clone()
}

fn each(call: impl Fn(usize) -> (&'static str, Value)) -> EventStream {
    let ids: Vec<String> = (0..SUBAGENTS).map(|n| format!("call-{n}")).collect();
    let all = ids.iter().enumerate().map(|(n, id)| {
        let (tool, args) = call(n);
        (id.as_str(), tool, args)
    });
    calls(&all.collect::<Vec<_>>())
}

/// Spawns five, waits for all, tells one more to one of them, waits for it, and ends.
fn parent(results: &[Value]) -> EventStream {
    let wait = |n: usize| {
        let child = child_of(results, n);
        (
            "wait_agent",
            json!({"chat_id": child, "timeout_seconds": 3600}),
        )
    };
    match results.len() {
        0 => each(|n| ("spawn_agent", json!({"prompt": format!("Task {n}.")}))),
        SUBAGENTS => each(wait),
        10 => {
            let args = json!({"chat_id": child_of(results, 2), "message": "And the cellar?"});
            calls(&[("more", "message_agent", args)])
        }
        11 => {
            let (tool, args) = wait(2);
            calls(&[("again", tool, args)])
        }
        _ => text("All is quiet."),
    }
}

fn child(request: &Request) -> EventStream {
    let told = format!("{:?}", request.messages);
    text(if told.contains("cellar") {
        "The cellar is empty."
    } else {
        "Nobody there."
    })
}

fn family(request: &Request) -> EventStream {
    if is_child(request) {
        child(request)
    } else {
        parent(&results(request))
    }
}

/// Moves the time on until the parent is at rest.
async fn calm(world: &World, chat: ChatId) {
    let clock = Clock::system();
    for _ in 0..ROUNDS_MAX {
        if world.read(chat).await.0.status == ChatStatus::Waiting {
            return;
        }
        clock.timer("test.breathe", Duration::from_millis(3)).await;
        world.clock.advance(Duration::from_secs(1));
    }
    panic!("still at work: {:?}", world.transcript(chat).await);
}

/// The family as an uncut run leaves it.
async fn check(world: &World, chat: ChatId, point: &str) {
    let children = world.children(chat).await;
    assert_eq!(children.len(), SUBAGENTS, "{point}");
    for child in &children {
        let said = world.transcript(child.id).await;
        let task = said[0].trim_start_matches("user: ").to_owned();
        let mut expected = vec![format!("user: {task}"), "assistant: Nobody there.".into()];
        if task == "Task 2." {
            expected.push("user: And the cellar?".into());
            expected.push("assistant: The cellar is empty.".into());
        }
        assert_eq!(said, expected, "{point}");
    }
    let said = world.transcript(chat).await;
    let count = |words: &str| said.iter().filter(|line| line.contains(words)).count();
    assert_eq!(count("\"report\":\"Nobody there.\""), SUBAGENTS, "{point}");
    assert_eq!(count("\"report\":\"The cellar is empty.\""), 1, "{point}");
    // The message, its five answers with ten results, two calls, two results, the last word.
    assert_eq!(said.len(), 1 + 5 + 2 * SUBAGENTS + 2, "{point}: {said:#?}");
    assert_eq!(said.last().unwrap(), "assistant: All is quiet.", "{point}");
}

/// Lets the next engine take over from a dead one.
async fn take_over(world: &World, chat: ChatId) {
    world.clock.advance(Duration::from_secs(25));
    let next = world.process().await;
    calm(world, chat).await;
    next.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_killed_while_it_waits_for_any_answer_leaves_a_whole_family() {
    for point in 0..REQUESTS {
        let asked = Arc::new(Notify::new());
        let signal = Arc::clone(&asked);
        let model = FakeModel::new(move |n, request| {
            if n == point {
                signal.notify_one();
                return hangs();
            }
            family(request)
        });
        let world = world(model).await;
        let first = world.process().await;
        let chat = world.chat("Go.").await;
        tokio::select! {
            () = asked.notified() => {}
            // The time must move on for hints to travel; the answer is never given.
            () = calm(&world, chat) => panic!("request {point} was never made"),
        }
        first.kill();
        take_over(&world, chat).await;
        check(&world, chat, &format!("request {point}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_killed_after_any_change_of_the_parent_leaves_a_whole_family() {
    // An uncut run says how many changes there are.
    let changes = kill_after(usize::MAX).await;
    assert!(changes > 10, "{changes}");
    for point in 1..changes {
        kill_after(point).await;
    }
}

/// Kills the engine after so many changes of the parent, and gives how many there were.
async fn kill_after(point: usize) -> usize {
    let world = world(FakeModel::new(|_, request| family(request))).await;
    let first = world.process().await;
    let chat = world.chat("Go.").await;
    let hints = world.store.bus().subscribe([Topic::ChatUpdate(chat)]);
    let seen = AtomicUsize::new(0);
    let watch = async {
        while seen.load(Ordering::Relaxed) < point {
            drop(hints.recv().await);
            seen.fetch_add(1, Ordering::Relaxed);
        }
    };
    tokio::select! {
        () = watch => {}
        () = calm(&world, chat) => {}
    }
    first.kill();
    take_over(&world, chat).await;
    check(&world, chat, &format!("change {point}")).await;
    seen.into_inner()
}
