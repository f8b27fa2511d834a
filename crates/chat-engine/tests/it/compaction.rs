//! Summaries in place of conversations: when, how often, and what is left of them.

use muster_bus::Topic;
use muster_chat_state::content;
use muster_chat_state::transitions::{BusyBehavior, ClearContext, RequestCompaction};
use muster_llm::{FailureKind, Request};
use muster_store::chat_messages::{Message, Role};
use muster_store::chats::ChatStatus;
use muster_store::compaction_thresholds::Threshold;
use serde_json::{Value, json};

use crate::logs::Logs;
use crate::model::{
    FakeModel, calls, fails_after, hangs, refuses_length, text, using, wants_summary,
};
use crate::support::{World, in_time};

const TOO_LONG: &str = "This conversation no longer fits the model's context window.";

/// Everything that a model reads, as text.
fn words(request: &Request) -> String {
    format!("{:?}", request.messages)
}

fn summaries(world: &World) -> usize {
    let requests = world.model.requests();
    requests.iter().filter(|it| wants_summary(it)).count()
}

/// The results that people see, in order.
fn results(messages: &[Message]) -> Vec<Value> {
    let shown = messages
        .iter()
        .filter(|it| it.compressed && it.role == Role::Tool);
    let parts = shown.flat_map(|message| content::decode(&message.content).unwrap());
    let results = parts.filter_map(|part| part.as_tool_result()?.result.clone());
    results.collect()
}

/// The owner wants the only model's conversations summarised at this point.
async fn threshold(world: &World, percent: i64) {
    world.enter_owner().await;
    let configs = world.store.list_enabled_model_configs(&world.user).await;
    let threshold = Threshold {
        model_config_id: configs.unwrap()[0].id,
        percent,
    };
    let set = world
        .store
        .set_compaction_threshold(&world.user, world.owner, threshold);
    set.await.unwrap();
}

#[tokio::test]
async fn full_window_is_summarised_between_two_steps() {
    let model = FakeModel::new(|n, request| match n {
        0 => using(calls(&[("c1", "nothing", json!({}))]), 70_000),
        1 => {
            assert!(wants_summary(request), "{request:?}");
            text("The user wants tea.")
        }
        _ => text("Here is tea."),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("make tea").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let requests = world.model.requests();
    assert_eq!(requests.len(), 3);
    let last = words(&requests[2]);
    assert!(
        last.contains("The user wants tea.") && !last.contains("make tea"),
        "{last}"
    );
    let (_, messages) = world.read(chat).await;
    let [result] = &results(&messages)[..] else {
        panic!("{messages:?}")
    };
    assert_eq!(result["summary"], "The user wants tea.");
    assert_eq!(result["source"], "automatic");
    assert_eq!(result["threshold_percent"], 70);
    assert_eq!(result["usage_percent"], 70);
    assert_eq!(result["context_tokens"], 70_000);
    assert_eq!(result["context_limit_tokens"], 100_000);
    // 1,000 tokens in and 10 out at 2 and 10 dollars a million.
    let charged = messages.iter().find(|it| it.compressed).unwrap();
    assert_eq!(charged.total_cost_micros, Some(2_100));
    replica.shutdown().await;
}

#[tokio::test]
async fn one_token_below_the_threshold_nothing_happens() {
    let model = FakeModel::new(|n, _| match n {
        0 => using(calls(&[("c1", "nothing", json!({}))]), 69_999),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("go").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(summaries(&world), 0);
    replica.shutdown().await;
}

#[tokio::test]
async fn last_step_is_summarised_too_and_the_model_called_again() {
    let model = FakeModel::new(|n, _| match n {
        0 => using(text("All done."), 80_000),
        1 => text("It is done."),
        _ => text("Nothing is left to do."),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("go").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert_eq!(transcript[1], "assistant: All done.");
    assert_eq!(transcript[4], "assistant: Nothing is left to do.");
    assert_eq!(world.model.requests().len(), 3);
    replica.shutdown().await;
}

#[tokio::test]
async fn unanswered_message_stands_behind_the_summary_word_for_word() {
    let model = FakeModel::new(|_, request| {
        if wants_summary(request) {
            return text("A summary.");
        }
        match words(request) {
            all if all.contains("A summary.") => text("Six."),
            _ => using(text("Fine."), 60_000),
        }
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("first").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    threshold(&world, 50).await;
    world
        .send(chat, "how  much is 2×3?", BusyBehavior::Queue)
        .await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let requests = world.model.requests();
    let last = words(requests.last().unwrap());
    assert!(
        last.contains("how  much is 2×3?") && !last.contains("first"),
        "{last}"
    );
    let said = world.transcript(chat).await;
    let shown = said.iter().filter(|line| line.contains("2×3"));
    assert_eq!(shown.count(), 1, "people see it once: {said:?}");
    assert_eq!(said.last().unwrap(), "assistant: Six.");
    replica.shutdown().await;
}

#[tokio::test]
async fn one_hundred_percent_switches_it_off() {
    let model = FakeModel::new(|n, _| match n {
        0 => using(calls(&[("c1", "nothing", json!({}))]), 99_999),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    threshold(&world, 100).await;
    let replica = world.engine();
    let chat = world.chat("go").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(summaries(&world), 0);
    replica.shutdown().await;
}

#[tokio::test]
async fn source_of_the_threshold_is_logged() {
    let logs = Logs::keep();
    for (own, source) in [(None, "model_default"), (Some(60), "user_override")] {
        let model = FakeModel::new(|n, _| match n {
            0 => using(calls(&[("c1", "nothing", json!({}))]), 70_000),
            _ => text("Done."),
        });
        let world = World::new(model).await;
        if let Some(percent) = own {
            threshold(&world, percent).await;
        }
        let replica = world.engine();
        let chat = world.chat("go").await;
        world.until_status(chat, ChatStatus::Waiting).await;
        let lines = logs.with(&chat.to_string());
        let of_compaction = |line: &&String| line.contains("conversation compacted");
        let line = lines.iter().find(of_compaction).unwrap();
        assert!(line.contains(source), "{line}");
        let percent = own.unwrap_or(70);
        assert!(
            line.contains(&format!("threshold_percent={percent} ")),
            "{line}"
        );
        replica.shutdown().await;
    }
}

#[tokio::test]
async fn person_asks_for_a_summary_and_the_chat_waits_again() {
    let model = FakeModel::new(|n, _| match n {
        0 => text("Hello."),
        _ => text("They greeted."),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("hi").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let asked = world.machine.apply(&world.user, chat, RequestCompaction);
    asked.await.unwrap();
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(world.model.requests().len(), 2);
    let (row, messages) = world.read(chat).await;
    assert_eq!(row.compaction_requested_at, None);
    assert_eq!(results(&messages)[0]["source"], "manual");
    let again = world.machine.apply(&world.user, chat, RequestCompaction);
    assert!(again.await.is_err(), "nothing is left to compact");
    world
        .machine
        .apply(&world.user, chat, ClearContext)
        .await
        .unwrap();
    replica.shutdown().await;
}

#[tokio::test]
async fn failed_summary_is_shown_and_the_run_goes_on() {
    let model = FakeModel::new(|n, _| match n {
        0 => using(calls(&[("c1", "nothing", json!({}))]), 80_000),
        1 => fails_after("", FailureKind::Overloaded),
        2 => using(calls(&[("c2", "nothing", json!({}))]), 85_000),
        _ => using(text("Done."), 86_000),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("go").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let (_, messages) = world.read(chat).await;
    let results = results(&messages);
    assert_eq!(results.len(), 1, "{results:?}");
    assert!(results[0]["error"].is_string() && results[0].get("summary").is_none());
    assert!(words(&world.model.requests()[2]).contains("go"));
    replica.shutdown().await;
}

#[tokio::test]
async fn window_filled_fifty_times_is_summarised_once_per_half_window() {
    // Tokens.
    const WINDOW: u64 = 100_000;
    const STEP: u64 = 20_000;
    let steps = 50 * WINDOW / STEP;
    let model = FakeModel::new(move |n, request| {
        if wants_summary(request) {
            return text("Filling it.");
        }
        // A call and its result are one step behind the first message.
        let inside = request.messages.len() as u64 / 2;
        let asked = n as u64;
        if asked > steps + steps / 2 {
            return using(text("Filled."), 1_000);
        }
        let id = format!("c{n}");
        using(calls(&[(&id, "nothing", json!({}))]), 1_000 + STEP * inside)
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("fill it").await;
    // Each step is news, so that no single wait is a long one.
    let hints = world.store.bus().subscribe([Topic::ChatUpdate(chat)]);
    loop {
        let row = world.store.get_chat(&world.user, chat).await.unwrap();
        if row.status != ChatStatus::Running {
            assert_eq!(row.status, ChatStatus::Waiting, "{:?}", row.last_error);
            break;
        }
        in_time(hints.recv()).await;
    }
    let made = summaries(&world) as u64;
    let asked = world.model.requests().len() as u64 - made;
    assert!(asked >= steps, "{asked} steps");
    let halves = asked * STEP / (WINDOW / 2);
    assert!(made >= 50 && made <= halves, "{made} in {halves} halves");
    replica.shutdown().await;
}

#[tokio::test]
async fn prompt_that_no_summary_shortens_ends_in_one_error_after_two_tries() {
    let model = FakeModel::new(|_, request| {
        if wants_summary(request) {
            return text("Nothing much.");
        }
        using(text("Here."), 95_000)
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("go").await;
    let row = world.until_status(chat, ChatStatus::Error).await;
    let error = row.last_error.unwrap();
    assert_eq!((&*error.kind, &*error.message), ("config", TOO_LONG));
    assert_eq!(summaries(&world), 2);
    replica.shutdown().await;
}

#[tokio::test]
async fn conversation_that_is_refused_for_its_length_is_summarised_once() {
    let model = FakeModel::new(|n, request| match n {
        0 => calls(&[("c1", "nothing", json!({}))]),
        1 => refuses_length(),
        // Too long even for that: its older half goes.
        2 => refuses_length(),
        3 => {
            assert!(wants_summary(request));
            text("Shorter.")
        }
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("go").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let said = world.transcript(chat).await;
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    replica.shutdown().await;
}

#[tokio::test]
async fn second_refusal_for_length_is_final() {
    let model = FakeModel::new(|n, request| match n {
        0 => calls(&[("c1", "nothing", json!({}))]),
        _ if wants_summary(request) => text("Shorter."),
        _ => refuses_length(),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("go").await;
    let row = world.until_status(chat, ChatStatus::Error).await;
    let error = row.last_error.unwrap();
    assert_eq!((&*error.kind, &*error.message), ("config", TOO_LONG));
    assert_eq!(summaries(&world), 1);
    replica.shutdown().await;
}

#[tokio::test]
async fn refusal_for_length_after_two_tries_in_vain_ends_in_the_same_error() {
    // At once behind the second summary, or a step later.
    for steps_between in [0, 1] {
        let model = FakeModel::new(move |n, request| {
            if wants_summary(request) {
                return text("Nothing much.");
            }
            let id = format!("c{n}");
            let call = calls(&[(&id, "nothing", json!({}))]);
            match n {
                0 | 2 => using(call, 95_000),
                n if n < 4 + steps_between => using(call, 90_000),
                _ => refuses_length(),
            }
        });
        let world = World::new(model).await;
        let replica = world.engine();
        let chat = world.chat("go").await;
        let row = world.until_status(chat, ChatStatus::Error).await;
        let error = row.last_error.unwrap();
        assert_eq!((&*error.kind, &*error.message), ("config", TOO_LONG));
        assert_eq!(summaries(&world), 2);
        replica.shutdown().await;
    }
}

#[tokio::test]
async fn compaction_that_a_dying_replica_left_is_made_once_by_the_next() {
    let model = FakeModel::new(|n, _| match n {
        0 => using(calls(&[("c1", "nothing", json!({}))]), 80_000),
        1 => hangs(),
        2 => text("A summary."),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let first = world.engine();
    let chat = world.chat("go").await;
    world.clock.armed("chat.compaction").await;
    first.shutdown().await;
    let second = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    let (_, messages) = world.read(chat).await;
    assert_eq!(results(&messages).len(), 1);
    let said = world.transcript(chat).await;
    assert_eq!(said.first().unwrap(), "user: go");
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    second.shutdown().await;
}

#[tokio::test]
async fn interrupted_compaction_leaves_nothing_behind() {
    let model = FakeModel::new(|n, _| match n {
        0 => text("Hello."),
        1 => hangs(),
        _ => text("And again."),
    });
    let world = World::new(model).await;
    let replica = world.engine();
    let chat = world.chat("hi").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let asked = world.machine.apply(&world.user, chat, RequestCompaction);
    asked.await.unwrap();
    world.clock.armed("chat.compaction").await;
    world.interrupt(chat).await;
    let row = world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(row.compaction_requested_at, None);
    world.send(chat, "once more", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let expected = [
        "user: hi",
        "assistant: Hello.",
        "user: once more",
        "assistant: And again.",
    ];
    assert_eq!(world.transcript(chat).await, expected);
    replica.shutdown().await;
}
