//! Failing models: when they are asked again, and what is kept meanwhile.

use std::time::Duration;

use muster_llm::FailureKind;
use muster_store::chats::ChatStatus;

use crate::model::{FakeModel, fails_after, text};
use crate::support::World;

#[tokio::test]
async fn failed_attempt_is_repeated_after_its_countdown() {
    let model = FakeModel::new(|n, _| match n {
        0 | 1 => fails_after("half an", FailureKind::Overloaded),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let row = world.until(chat, |row| row.retry_state.is_some()).await;
    let retry = row.retry_state.unwrap();
    assert_eq!((retry.attempt, retry.delay_ms), (1, 1_000));
    world.clock.fire("model.retry").await;
    let second = |row: &muster_store::chats::Chat| {
        row.retry_state
            .as_ref()
            .is_some_and(|retry| retry.attempt == 2)
    };
    world.until(chat, second).await;
    world.clock.fire("model.retry").await;
    let row = world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(row.retry_state, None);
    assert_eq!(
        world.transcript(chat).await,
        ["user: Hello.", "assistant: Done."]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn final_failure_ends_the_turn_with_its_text() {
    let world = World::new(FakeModel::new(|_, _| fails_after("", FailureKind::Auth))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let row = world.until_status(chat, ChatStatus::Error).await;
    let error = row.last_error.unwrap();
    assert_eq!((error.kind.as_str(), error.retryable), ("auth", false));
    assert_eq!(world.model.requests().len(), 1);
    engine.shutdown().await;
}

#[tokio::test]
async fn twenty_five_attempts_are_made_and_no_more() {
    let model = FakeModel::new(|_, _| fails_after("", FailureKind::Timeout));
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    for attempt in 1..25 {
        let waits = |row: &muster_store::chats::Chat| {
            row.retry_state
                .as_ref()
                .is_some_and(|retry| retry.attempt == attempt)
        };
        world.until(chat, waits).await;
        world.clock.fire("model.retry").await;
    }
    let row = world.until_status(chat, ChatStatus::Error).await;
    assert_eq!(row.last_error.unwrap().kind, "timeout");
    assert_eq!(world.model.requests().len(), 25);
    engine.shutdown().await;
}

#[tokio::test]
async fn next_owner_waits_only_the_rest_of_the_countdown() {
    let model = FakeModel::new(|n, _| match n {
        0 => fails_after("", FailureKind::RateLimit),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.until(chat, |row| row.retry_state.is_some()).await;
    engine.shutdown().await;
    world.clock.advance(Duration::from_millis(400));
    let engine = world.engine();
    let left = world.clock.armed("model.retry").await;
    assert_eq!(left, Duration::from_millis(600));
    world.clock.fire("model.retry").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
}
