//! Stopping a run: what was said stays, what waits goes on.

use muster_chat_state::transitions::BusyBehavior;
use muster_llm::FailureKind;
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{self, Role};
use muster_store::chats::ChatStatus;

use crate::model::{FakeModel, fails_after, hangs_after, text};
use crate::support::World;

#[tokio::test]
async fn interrupted_answer_keeps_what_was_said() {
    let world = World::new(FakeModel::new(|_, _| hangs_after("I was about to"))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    until_said(&world, &engine, chat).await;
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(
        world.transcript(chat).await,
        ["user: Hello.", "assistant: I was about to"]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn message_that_interrupts_stands_behind_the_partial_answer() {
    let model = FakeModel::new(|n, _| match n {
        0 => hangs_after("The first"),
        _ => text("The second."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("One.").await;
    until_said(&world, &engine, chat).await;
    world.send(chat, "Two.", BusyBehavior::Interrupt).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(
        world.transcript(chat).await,
        [
            "user: One.",
            "assistant: The first",
            "user: Two.",
            "assistant: The second.",
        ]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn late_hint_from_before_the_acquisition_does_not_end_the_run() {
    let world = World::new(FakeModel::new(|_, _| hangs_after("I was about to"))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    until_said(&world, &engine, chat).await;
    let mut late = world.read(chat).await.0.versions();
    late.snapshot_version = 1;
    (late.worker_id, late.runner_id) = (None, None);
    world.store.bus().deliver(vec![late.event()]);
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
}

#[tokio::test]
async fn interrupt_during_a_countdown_keeps_nothing_of_the_failed_attempt() {
    let model = FakeModel::new(|_, _| fails_after("half an", FailureKind::Overloaded));
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.until(chat, |row| row.retry_state.is_some()).await;
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(world.transcript(chat).await, ["user: Hello."]);
    engine.shutdown().await;
}

#[tokio::test]
async fn interrupted_chat_whose_last_message_cannot_be_read_ends_all_the_same() {
    let world = World::new(FakeModel::new(|_, _| hangs_after("I was about to"))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    until_said(&world, &engine, chat).await;
    let row = world.read(chat).await.0;
    world
        .store
        .write("test.damage", move |tx| {
            let row = row.clone();
            Box::pin(async move {
                let content = r#"[{"type":"tool-call","tool_call_id":5}]"#.to_owned();
                let damaged = NewMessage::new(Role::Assistant, content);
                chat_messages::door::insert(tx, &row, &[damaged]).await
            })
        })
        .await
        .unwrap();
    world.interrupt(chat).await;
    world.until(chat, |row| row.runner_id.is_none()).await;
    let status = world
        .store
        .list_chat_versions(vec![chat])
        .await
        .unwrap()
        .remove(0)
        .status;
    assert_eq!(status, ChatStatus::Waiting);
    engine.shutdown().await;
}

/// Waits until the model's words are on the stream, so that they can be lost.
async fn until_said(world: &World, engine: &crate::support::Replica, chat: muster_base::ChatId) {
    use muster_chat_engine::{LivePart, StreamEvent, StreamStart};
    world.until(chat, |row| row.generation_attempt == 1).await;
    let start = StreamStart::AfterId(None);
    let mut stream = engine.stream(&world.user, chat, start).await;
    let is_text = |event: &StreamEvent| {
        matches!(
            event,
            StreamEvent::Part {
                part: LivePart::Text { .. },
                ..
            }
        )
    };
    crate::support::events_until(&mut stream, is_text).await;
}
