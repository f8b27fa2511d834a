//! The stream of a chat: complete, in order, and resumable at every event.

use std::collections::BTreeMap;

use muster_chat_engine::{Error, Frame, LivePart, StreamEvent, StreamStart};
use muster_chat_state::transitions::BusyBehavior;
use muster_llm::FailureKind;
use muster_rbac::{Actor, Role, Scopes};
use muster_store::chats::{self, ChatStatus};
use serde_json::json;

use crate::model::{FakeModel, calls, fails_after, hangs_after, text};
use crate::support::{World, events_until, in_time};

/// What a client makes of the events: the rules that every client follows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Client {
    messages: BTreeMap<i64, String>,
    preview: Vec<LivePart>,
    status: Option<ChatStatus>,
}

impl Client {
    fn apply(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::Status(status) => self.status = Some(*status),
            StreamEvent::Message(message) => {
                self.messages.insert(message.id.0, message.content.clone());
            }
            StreamEvent::Part { part, .. } => self.preview.push(part.clone()),
            StreamEvent::PreviewReset { .. } => self.preview.clear(),
            StreamEvent::HistoryReset => self.messages.clear(),
            StreamEvent::QueueUpdate(_)
            | StreamEvent::Retry(_)
            | StreamEvent::Error(_)
            | StreamEvent::ActionRequired { .. }
            | StreamEvent::ChatUpdated(_) => {}
        }
    }

    fn apply_all(&mut self, frame: &Frame) {
        frame.events.iter().for_each(|event| self.apply(event));
    }

    fn preview_text(&self) -> String {
        let deltas = self.preview.iter().filter_map(LivePart::delta);
        deltas.collect()
    }
}

fn is_status(event: &StreamEvent, wanted: ChatStatus) -> bool {
    matches!(event, StreamEvent::Status(status) if *status == wanted)
}

#[tokio::test]
async fn client_sees_the_words_as_they_come_and_then_the_message() {
    let world = World::new(FakeModel::new(|_, _| hangs_after("one two three"))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let start = StreamStart::AfterId(None);
    let mut stream = engine.stream(&world.user, chat, start).await;
    let mut client = Client::default();
    while client.preview_text() != "one two three" {
        client.apply_all(&in_time(stream.next_frame()).await.unwrap());
    }
    world.interrupt(chat).await;
    while client.status != Some(ChatStatus::Waiting) || !client.preview.is_empty() {
        client.apply_all(&in_time(stream.next_frame()).await.unwrap());
    }
    // The question and what was said of the answer; the prompt is for the model only.
    assert_eq!(client.messages.len(), 2);
    engine.shutdown().await;
}

#[tokio::test]
async fn client_cut_at_any_frame_resumes_to_the_same_state() {
    let model = FakeModel::new(|n, _| match n {
        0 => calls(&[("a", "no_such_tool", json!({}))]),
        1 => text("The end of a turn."),
        _ => hangs_after("and so on and on"),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let start = StreamStart::AfterId(None);
    let mut whole = engine.stream(&world.user, chat, start.clone()).await;
    let mut cut = engine.stream(&world.user, chat, start).await;
    let (mut uncut_client, mut cut_client) = (Client::default(), Client::default());
    world.until_status(chat, ChatStatus::Waiting).await;
    world.send(chat, "More.", BusyBehavior::Queue).await;
    let is_over = |client: &Client| client.preview_text() == "and so on and on";
    while !is_over(&uncut_client) {
        uncut_client.apply_all(&in_time(whole.next_frame()).await.unwrap());
    }
    // One frame per connection: the socket is cut after every single one.
    let mut frames = 0;
    while !is_over(&cut_client) {
        let frame = in_time(cut.next_frame()).await.unwrap();
        cut_client.apply_all(&frame);
        frames += 1;
        assert!(frames < 100, "{cut_client:?}");
        if let Some(cursor) = frame.cursor {
            let start = StreamStart::Cursor(cursor.to_string());
            cut = engine.stream(&world.user, chat, start).await;
        }
    }
    assert_eq!(cut_client, uncut_client);
    engine.shutdown().await;
}

#[tokio::test]
async fn owner_who_comes_back_to_nothing_new_has_read_it_all() {
    let world = World::new(FakeModel::new(|_, _| text("Here."))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let start = StreamStart::AfterId(None);
    let mut stream = engine.stream(&world.user, chat, start).await;
    let mut cursor = None;
    let mut client = Client::default();
    while client.status != Some(ChatStatus::Waiting) || !client.preview.is_empty() {
        let frame = in_time(stream.next_frame()).await.unwrap();
        client.apply_all(&frame);
        cursor = frame.cursor;
    }
    // Lost, not closed: nobody has noted what came.
    drop(stream);
    let newest = client.messages.keys().last().copied();
    let read = async || {
        let row = world.store.get_chat(&world.user, chat).await.unwrap();
        row.last_read_message_id.map(|id| id.0)
    };
    assert!(read().await < newest);
    let start = StreamStart::Cursor(cursor.unwrap().to_string());
    drop(engine.stream(&world.user, chat, start).await);
    assert_eq!(read().await, newest);
    engine.shutdown().await;
}

#[tokio::test]
async fn words_of_a_cut_answer_are_never_shown_twice() {
    let model = FakeModel::new(|n, _| match n {
        0 => fails_after("The answer", FailureKind::Timeout),
        1 => fails_after("The answer is", FailureKind::StreamSilenceTimeout),
        _ => text("The answer is 42."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let start = StreamStart::AfterId(None);
    let mut stream = engine.stream(&world.user, chat, start).await;
    let mut client = Client::default();
    let mut seen = Vec::new();
    let is_over = |client: &Client| client.status == Some(ChatStatus::Waiting);
    while !is_over(&client) || !client.preview.is_empty() {
        let frame = in_time(stream.next_frame()).await.unwrap();
        client.apply_all(&frame);
        let messages: String = client.messages.values().map(String::as_str).collect();
        let shown = format!("{}{messages}", client.preview_text());
        assert!(shown.matches("answer").count() <= 1, "{shown}");
        for event in &frame.events {
            match event {
                StreamEvent::Retry(retry) => {
                    seen.push(format!("retry {} in {} ms", retry.attempt, retry.delay_ms));
                    world.clock.fire("model.retry").await;
                }
                StreamEvent::PreviewReset { .. }
                | StreamEvent::Status(_)
                | StreamEvent::Message(_)
                | StreamEvent::Part { .. }
                | StreamEvent::QueueUpdate(_)
                | StreamEvent::Error(_)
                | StreamEvent::HistoryReset
                | StreamEvent::ActionRequired { .. }
                | StreamEvent::ChatUpdated(_) => {}
            }
        }
    }
    assert_eq!(seen, ["retry 1 in 1000 ms", "retry 2 in 2000 ms"]);
    assert_eq!(
        world.transcript(chat).await,
        ["user: Hello.", "assistant: The answer is 42."]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn part_is_continued_after_the_one_that_the_client_names() {
    let world = World::new(FakeModel::new(|_, _| hangs_after("one two three"))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let row = world.until(chat, |row| row.generation_attempt == 1).await;
    let mut stream = engine
        .stream(&world.user, chat, StreamStart::AfterId(None))
        .await;
    let is_last = |event: &StreamEvent| matches!(event, StreamEvent::Part { seq: 3, .. });
    events_until(&mut stream, is_last).await;
    let start = StreamStart::Part {
        after_id: None,
        history_version: row.history_version,
        generation_attempt: 1,
        seq: 2,
    };
    let mut stream = engine.stream(&world.user, chat, start).await;
    let events = events_until(&mut stream, is_last).await;
    let parts = events.iter().filter_map(|event| {
        let StreamEvent::Part { part, .. } = event else {
            return None;
        };
        part.delta()
    });
    assert_eq!(parts.collect::<Vec<_>>(), ["three"]);
    let is_reset = |event: &&StreamEvent| matches!(event, StreamEvent::PreviewReset { .. });
    assert_eq!(events.iter().filter(is_reset).count(), 0);
    engine.shutdown().await;
}

#[tokio::test]
async fn change_whose_hint_was_lost_arrives_within_one_poll_period() {
    let world = World::new(FakeModel::new(|_, _| text("Hi."))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let mut stream = engine
        .stream(&world.user, chat, StreamStart::AfterId(None))
        .await;
    events_until(&mut stream, |event| is_status(event, ChatStatus::Waiting)).await;
    // A write that tells nobody.
    let renamed: Result<(), muster_store::Error> = world
        .store
        .write("test.rename", move |tx| {
            Box::pin(async move {
                let mut row = chats::door::lock(tx, chat).await?.chat;
                let locked = row.snapshot_version;
                row.snapshot_version += 1;
                row.title = "Renamed".to_owned();
                chats::door::update_execution(tx, &row, locked).await?;
                chats::door::update_metadata(tx, &row).await
            })
        })
        .await;
    renamed.unwrap();
    let is_renamed = |event: &StreamEvent| matches!(event, StreamEvent::ChatUpdated(chat) if chat.title == "Renamed");
    let period = world.clock.armed("stream.poll").await;
    assert!(period <= muster_base::limits::SYNC_PERIOD);
    world.clock.advance(period);
    events_until(&mut stream, is_renamed).await;
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn change_beside_the_opening_of_a_stream_is_never_missed() {
    let world = World::new(FakeModel::new(|n, _| text(&format!("Answer {n}.")))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    for round in 1..=30 {
        // The turn falls before, into or behind the first read; the clock stands still, so
        // that no poll makes up for a hint that came too early for its subscriber.
        let opening = engine.stream(&world.user, chat, StreamStart::AfterId(None));
        let sending = world.send(chat, "More.", BusyBehavior::Queue);
        let (mut stream, _) = tokio::join!(opening, sending);
        let answer = format!("Answer {round}.");
        let is_answer = |event: &StreamEvent| matches!(event, StreamEvent::Message(message) if message.content.contains(&answer));
        events_until(&mut stream, is_answer).await;
        world.until_status(chat, ChatStatus::Waiting).await;
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn cursor_of_another_chat_and_stranger_are_refused() {
    let world = World::new(FakeModel::new(|_, _| text("Hi."))).await;
    let engine = world.engine();
    let (one, other) = (world.chat("One.").await, world.chat("Two.").await);
    world.until_status(one, ChatStatus::Waiting).await;
    let mut stream = engine
        .stream(&world.user, one, StreamStart::AfterId(None))
        .await;
    let frame = in_time(stream.next_frame()).await.unwrap();
    let cursor = StreamStart::Cursor(frame.cursor.unwrap().to_string());
    let refused = engine.handle.open_stream(&world.user, other, cursor).await;
    assert!(matches!(refused, Err(Error::Cursor(_))));
    let stranger = muster_base::UserId::new(&world.clock.clock());
    let stranger = Actor::user(stranger, [Role::AgentsAccess], Scopes::all());
    let start = StreamStart::AfterId(None);
    let refused = engine.handle.open_stream(&stranger, one, start).await;
    assert!(matches!(refused, Err(Error::Store(_))));
    engine.shutdown().await;
}

#[tokio::test]
async fn long_answer_survives_its_process_in_the_store() {
    let long = "word ".repeat(20_000);
    let said = long.clone();
    let model = FakeModel::new(move |_, _| hangs_after(&said));
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.until(chat, |row| row.generation_attempt == 1).await;
    // The spiller pauses only after it has written.
    in_time(world.clock.armed("parts.spill")).await;
    engine.shutdown().await;
    world.interrupt(chat).await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    let kept = transcript[1].strip_prefix("assistant: ").unwrap();
    assert!(
        kept.len() >= 64 * 1024 && long.starts_with(kept),
        "{}",
        kept.len()
    );
    engine.shutdown().await;
}
