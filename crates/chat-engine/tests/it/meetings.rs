//! What people do at the very moment in which a run does something: whichever comes first,
//! every message is answered once, in order, and what was said before the other came stays.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, stream};
use muster_agent_link::fake::{FakeAgent, FakeAnswer};
use muster_agent_link::wire::WrittenFile;
use muster_base::ChatId;
use muster_chat_state::Error;
use muster_chat_state::transitions::{BusyBehavior, EditMessage, PromoteQueued};
use muster_llm::{EventStream, Request, Role};
use muster_store::chat_messages::Since;
use muster_store::chat_queue::QueuedMessage;
use muster_store::chats::ChatStatus;
use serde_json::json;
use tokio::sync::{Barrier, Notify};

use crate::model::{FakeModel, calls, text};
use crate::support::{World, content, in_time};

/// Meetings of each kind; who comes first is chance.
const ROUNDS: usize = 12;

/// Where a run and a person meet: the run says that it is there, and both start together.
#[derive(Clone)]
struct Meeting {
    arrived: Arc<Notify>,
    start: Arc<Barrier>,
}

impl Meeting {
    fn new() -> Self {
        Self {
            arrived: Arc::new(Notify::new()),
            start: Arc::new(Barrier::new(2)),
        }
    }

    async fn reach(self) {
        self.arrived.notify_one();
        self.start.wait().await;
    }

    /// The answer, whose end waits for the person.
    fn holds_end(&self, answer: EventStream) -> EventStream {
        let meeting = self.clone();
        let gate = move || meeting.clone().reach();
        answer
            .then(move |event| {
                let is_end = matches!(event, Ok(muster_llm::StreamEvent::Finish(_)));
                let gate = is_end.then(&gate);
                async move {
                    if let Some(gate) = gate {
                        gate.await;
                    }
                    event
                }
            })
            .boxed()
    }
}

/// The words of the last message of a person.
fn asked(request: &Request) -> String {
    let last = request.messages.iter().rfind(|it| it.role == Role::User);
    let parts = last
        .map(|message| message.parts.clone())
        .unwrap_or_default();
    let words = parts.into_iter().filter_map(|part| {
        let muster_llm::Part::Text(part) = part else {
            return None;
        };
        Some(part.text)
    });
    words.collect()
}

/// Answers "One." at the meeting and everything else at once.
fn model(meeting: &Meeting) -> Arc<FakeModel> {
    let meeting = meeting.clone();
    FakeModel::new(move |n, request| {
        let answer = text(&format!("Re {}", asked(request)));
        if n == 0 {
            meeting.holds_end(answer)
        } else {
            answer
        }
    })
}

async fn queue(world: &World, chat: ChatId) -> Vec<QueuedMessage> {
    let snapshot = world
        .store
        .get_chat_snapshot(&world.user, chat, Since::Nothing);
    snapshot.await.unwrap().queue.clone()
}

/// A chat whose first answer is about to end while "Two." and "Three." wait.
async fn at_the_end(world: &World, meeting: &Meeting) -> ChatId {
    let chat = world.chat("One.").await;
    in_time(meeting.arrived.notified()).await;
    for words in ["Two.", "Three."] {
        world.send(chat, words, BusyBehavior::Queue).await;
    }
    chat
}

/// What people said, in order.
fn said(transcript: &[String]) -> Vec<&str> {
    let said = transcript
        .iter()
        .filter_map(|line| line.strip_prefix("user: "));
    said.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupt_that_meets_the_end_of_an_answer_loses_and_doubles_nothing() {
    for _ in 0..ROUNDS {
        let meeting = Meeting::new();
        let world = World::new(model(&meeting)).await;
        let engine = world.engine();
        let chat = at_the_end(&world, &meeting).await;
        meeting.start.wait().await;
        world.interrupt(chat).await;
        world.until_status(chat, ChatStatus::Waiting).await;
        let transcript = world.transcript(chat).await;
        // The whole answer, or all of it but its end: the words are the same. An interrupt that
        // came behind the end met the answer to "Two.", of which anything may be missing.
        assert_eq!(&transcript[..2], ["user: One.", "assistant: Re One."]);
        assert_eq!(said(&transcript), ["One.", "Two.", "Three."]);
        assert_eq!(transcript.last().unwrap(), "assistant: Re Three.");
        engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promotion_that_meets_the_end_of_an_answer_loses_and_doubles_nothing() {
    for _ in 0..ROUNDS {
        let meeting = Meeting::new();
        let world = World::new(model(&meeting)).await;
        let engine = world.engine();
        let chat = at_the_end(&world, &meeting).await;
        let three = queue(&world, chat).await[1].id;
        meeting.start.wait().await;
        let promote = PromoteQueued { id: three };
        let promoted = world.machine.apply(&world.user, chat, promote).await;
        world.until_status(chat, ChatStatus::Waiting).await;
        let transcript = world.transcript(chat).await;
        let mut said = said(&transcript);
        let last = said.last().unwrap();
        assert_eq!(transcript.last().unwrap(), &format!("assistant: Re {last}"));
        match promoted {
            Ok(_) => {}
            // It had been promoted, and perhaps answered, before.
            Err(Error::NoSuchQueued | Error::Rejected { .. }) => {
                assert_eq!(said, ["One.", "Two.", "Three."]);
            }
            Err(error) => panic!("{error}"),
        }
        assert_eq!(said.remove(0), "One.");
        said.sort_unstable();
        assert_eq!(said, ["Three.", "Two."]);
        engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edit_that_meets_the_end_of_an_answer_leaves_the_edited_message_only() {
    for _ in 0..ROUNDS {
        let meeting = Meeting::new();
        let world = World::new(model(&meeting)).await;
        let engine = world.engine();
        let chat = at_the_end(&world, &meeting).await;
        let (_, messages) = world.read(chat).await;
        let edit = EditMessage {
            message_id: messages
                .iter()
                .find(|it| it.created_by.is_some())
                .unwrap()
                .id,
            content: content("Other."),
            edited_by: world.owner,
        };
        meeting.start.wait().await;
        world.machine.apply(&world.user, chat, edit).await.unwrap();
        world.until_status(chat, ChatStatus::Waiting).await;
        assert_eq!(
            world.transcript(chat).await,
            ["user: Other.", "assistant: Re Other."]
        );
        engine.shutdown().await;
    }
}

/// A world whose first step writes a file, and whose agent is at the meeting before it answers.
async fn writing(meeting: &Meeting) -> (World, FakeAgent) {
    let model = FakeModel::new(move |_, request| {
        let open = request.messages.iter().any(|it| it.role == Role::Tool);
        if asked(request) == "One." && !open {
            let file = json!({"path": "/x", "content": "y"});
            return calls(&[("a", "write_file", file)]);
        }
        text(&format!("Re {}", asked(request)))
    });
    let world = World::new(model).await;
    let meeting = meeting.clone();
    let agent = world
        .agent(Arc::new(move |call| {
            let meeting = (call.path == "write-file").then(|| meeting.clone());
            async move {
                if let Some(meeting) = meeting {
                    meeting.reach().await;
                }
                FakeAnswer::json(&WrittenFile { ok: true, bytes: 1 })
            }
            .boxed()
        }))
        .await;
    (world, agent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn message_that_interrupts_as_a_result_comes_stands_behind_an_answered_call() {
    for _ in 0..ROUNDS {
        let meeting = Meeting::new();
        let (world, agent) = writing(&meeting).await;
        let engine = world.engine();
        let chat = world.chat("One.").await;
        in_time(meeting.arrived.notified()).await;
        meeting.start.wait().await;
        world.send(chat, "Two.", BusyBehavior::Interrupt).await;
        world.until_status(chat, ChatStatus::Waiting).await;
        let transcript = world.transcript(chat).await;
        assert_eq!(transcript[1], "assistant: call a write_file");
        assert!(
            transcript[2].starts_with("tool: result a"),
            "{transcript:?}"
        );
        // The model may have said something about the result before it was stopped.
        let results = transcript.iter().filter(|it| it.starts_with("tool: "));
        assert_eq!(results.count(), 1, "{transcript:?}");
        assert_eq!(said(&transcript), ["One.", "Two."]);
        assert_eq!(transcript.last().unwrap(), "assistant: Re Two.");
        engine.shutdown().await;
        drop(agent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_interrupts_at_once_are_one() {
    let meeting = Meeting::new();
    let world = World::new(model(&meeting)).await;
    let engine = world.engine();
    let chat = at_the_end(&world, &meeting).await;
    stream::iter(0..10)
        .for_each_concurrent(None, |_| world.interrupt(chat))
        .await;
    drop(meeting);
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert_eq!(&transcript[..2], ["user: One.", "assistant: Re One."]);
    assert_eq!(said(&transcript), ["One.", "Two.", "Three."]);
    engine.shutdown().await;
}
