//! Instruction files of the workspace: read once per agent, told from the first answer on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use muster_agent_link::fake::{FakeAnswer, FakeCall, Handler};
use muster_agent_link::wire::{Code, ContextConfig, InstructionFile};
use muster_base::{ChatId, WorkspaceId};
use muster_chat_state::Binding;
use muster_chat_state::content::{self, Part};
use muster_chat_state::transitions::BusyBehavior;
use muster_llm::Request;
use muster_rbac::{Actor, Purpose};
use muster_store::chats::ChatStatus;

use crate::model::{FakeModel, text};
use crate::support::World;

fn config(files: &[(&str, &str)]) -> ContextConfig {
    let file = |(path, content): &(&str, &str)| InstructionFile {
        path: (*path).to_owned(),
        content: (*content).to_owned(),
        truncated: false,
    };
    ContextConfig {
        working_directory: "/w".to_owned(),
        home_directory: "/home/u".to_owned(),
        operating_system: "linux".to_owned(),
        architecture: "amd64".to_owned(),
        instruction_files: files.iter().map(file).collect(),
        skill_directories: Vec::new(),
    }
}

fn handler(answer: impl Fn(&FakeCall) -> FakeAnswer + Send + Sync + 'static) -> Handler {
    Arc::new(move |call| std::future::ready(answer(&call)).boxed())
}

fn files(files: &'static [(&'static str, &'static str)]) -> Handler {
    handler(move |call| match call.path.as_str() {
        "context-config" => FakeAnswer::json(&config(files)),
        _ => FakeAnswer::refused(Code::NotFound, "no such route"),
    })
}

/// A chat of the workspace, before any engine looks at it.
async fn attached(world: &World) -> ChatId {
    let chat = world.chat("Go.").await;
    let binding = Binding {
        workspace_id: Some(WorkspaceId::NIL),
        build_id: None,
        agent_id: None,
    };
    let worker = Actor::system(Purpose::ChatWorker);
    let bound = world.machine.set_binding(&worker, chat, binding).await;
    bound.unwrap();
    chat
}

/// The next turn, to its end.
async fn say(world: &World, chat: ChatId, words: &str) {
    world.send(chat, words, BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Waiting).await;
}

fn told(request: &Request) -> Vec<String> {
    let parts = request.messages.iter().flat_map(|it| &it.parts);
    let text = |part: &muster_llm::Part| {
        let muster_llm::Part::Text(text) = part else {
            panic!("{part:?}");
        };
        text.text.clone()
    };
    parts.map(text).collect()
}

fn asked(calls: &[FakeCall]) -> usize {
    calls
        .iter()
        .filter(|it| it.path == "context-config")
        .count()
}

#[tokio::test]
async fn files_are_read_once_and_told_from_the_first_answer_on() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let agent = world
        .agent(files(&[
            ("/w/AGENTS.md", "Use tabs.\u{200B}"),
            ("/w/CLAUDE.md", " \n"),
        ]))
        .await;
    let chat = attached(&world).await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    for turn in 0..9 {
        say(&world, chat, &format!("More {turn}.")).await;
    }
    engine.shutdown().await;
    assert_eq!(asked(&agent.calls()), 1);
    let requests = world.model.requests();
    assert_eq!(requests.len(), 10);
    let context = "<workspace-context>\nOperating system: linux\nWorking directory: /w\n\
                   Source: /w/AGENTS.md\nUse tabs.\n</workspace-context>";
    let first = told(&requests[0]);
    assert_eq!(first, ["Go.", context]);
    // The prefix that a provider caches stays the same to the byte.
    for pair in requests.windows(2) {
        let (before, after) = (told(&pair[0]), told(&pair[1]));
        assert_eq!(after[..before.len()], before);
        assert_eq!(pair[0].system, pair[1].system);
        assert_eq!(pair[0].tools, pair[1].tools);
    }
    let (_, messages) = world.read(chat).await;
    let parts = messages
        .iter()
        .map(|it| content::decode(&it.content).unwrap());
    let public = parts.flatten().map(Part::public);
    let files: Vec<_> = public
        .filter(|it| matches!(it, Part::ContextFile(_)))
        .collect();
    let json = serde_json::to_string(&files).unwrap();
    assert_eq!(files.len(), 1);
    assert!(
        json.contains("/w/AGENTS.md") && !json.contains("tabs"),
        "{json}"
    );
}

#[tokio::test]
async fn workspace_without_files_is_asked_once() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let agent = world.agent(files(&[])).await;
    let chat = attached(&world).await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    say(&world, chat, "More.").await;
    engine.shutdown().await;
    assert_eq!(asked(&agent.calls()), 1);
    let last = world.model.requests().pop().unwrap();
    assert_eq!(told(&last), ["Go.", "Done.", "More."]);
}

#[tokio::test]
async fn failed_look_up_writes_nothing_and_is_made_again_next_turn() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let works = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&works);
    let agent = world
        .agent(handler(move |_call| {
            if now.load(Ordering::Acquire) {
                return FakeAnswer::json(&config(&[("/w/AGENTS.md", "Use tabs.")]));
            }
            FakeAnswer::refused(Code::Internal, "not now")
        }))
        .await;
    let chat = attached(&world).await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(asked(&agent.calls()), 1);
    works.store(true, Ordering::Release);
    say(&world, chat, "More.").await;
    engine.shutdown().await;
    let requests = world.model.requests();
    assert_eq!(told(&requests[0]), ["Go."]);
    let later = told(&requests[1]);
    assert_eq!(later.len(), 4);
    assert!(later[3].contains("Use tabs."));
}

#[tokio::test]
async fn chat_without_a_workspace_asks_nobody() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let agent = world.agent(files(&[])).await;
    let chat = world.chat("Go.").await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
    assert_eq!(asked(&agent.calls()), 0);
}
