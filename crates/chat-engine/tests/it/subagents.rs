//! Subagents: what they take over, how their parent hears of them, and what outlives what.

use std::sync::Arc;

use muster_base::{ChatId, Clock, WorkspaceId};
use muster_chat_engine::opening;
use muster_chat_state::Binding;
use muster_llm::{EventStream, FailureKind, Part, Request, ToolContent};
use muster_rbac::{Actor, Purpose, Role};
use muster_store::chats::{self, ChatStatus};
use muster_store::prompts::DeploymentPrompt;
use muster_store::users::{self, LoginType, NewUser, UserStatus};
use serde_json::{Value, json};

use crate::model::{FakeModel, calls, fails_after, hangs_after, text};
use crate::support::{World, content, in_time};

/// Answers a parent by the number of results it has and the id of its first subagent, and
/// every subagent with `child`.
pub(crate) fn family(
    parent: impl Fn(usize, &str) -> EventStream + Send + Sync + 'static,
    child: impl Fn(&Request) -> EventStream + Send + Sync + 'static,
) -> Arc<FakeModel> {
    FakeModel::new(move |_, request| {
        if is_child(request) {
            return child(request);
        }
        let results = results(request);
        let mut ids = results.iter().filter_map(|it| it["chat_id"].as_str());
        parent(results.len(), ids.next().unwrap_or_default())
    })
}

pub(crate) fn is_child(request: &Request) -> bool {
    let attribution = request.attribution.as_ref();
    attribution.is_some_and(|it| it.parent.is_some())
}

pub(crate) fn results(request: &Request) -> Vec<Value> {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let results = parts.filter_map(|part| {
        let Part::ToolResult(result) = part else {
            return None;
        };
        let Some(ToolContent::Json(value)) = result.content.first() else {
            return None;
        };
        Some(value.clone())
    });
    results.collect()
}

pub(crate) fn spawn() -> EventStream {
    let task = json!({"prompt": "Look around.", "title": "Scout"});
    calls(&[("spawn", "spawn_agent", task)])
}

pub(crate) fn wait(child: &str) -> EventStream {
    let args = json!({"chat_id": child, "timeout_seconds": 60});
    calls(&[("wait", "wait_agent", args)])
}

/// Spawns a subagent, waits for it, and ends.
pub(crate) fn spawn_and_wait(step: usize, child: &str) -> EventStream {
    match step {
        0 => spawn(),
        1 => wait(child),
        _ => text("Done."),
    }
}

/// A world whose owner has an account, because tools act in a person's name.
pub(crate) async fn world(model: Arc<FakeModel>) -> World {
    let world = World::new(model).await;
    let user = NewUser {
        id: world.owner,
        username: "owner".to_owned(),
        email: "owner@example.com".to_owned(),
        name: String::new(),
        hashed_password: None,
        status: UserStatus::Active,
        roles: vec![Role::AgentsAccess],
        login_type: LoginType::Password,
    };
    let setup = Actor::system(Purpose::Setup);
    let organization = world.store.ensure_default_organization(&setup).await;
    organization.unwrap();
    world
        .store
        .write("test.user", move |tx| {
            let user = user.clone();
            Box::pin(async move { users::insert(tx, &user).await })
        })
        .await
        .unwrap();
    world
}

impl World {
    /// The subagents of a chat.
    pub(crate) async fn children(&self, chat: ChatId) -> Vec<chats::Chat> {
        let listed = self.store.read("test.children", move |tx| {
            Box::pin(async move { chats::list_children(tx, &[chat]).await })
        });
        let listed = listed.await.unwrap();
        listed.into_iter().map(|item| item.chat).collect()
    }

    pub(crate) async fn only_child(&self, chat: ChatId) -> chats::Chat {
        let mut children = self.children(chat).await;
        assert_eq!(children.len(), 1);
        children.remove(0)
    }
}

#[tokio::test]
async fn subagent_takes_over_what_its_parent_has_and_its_report_comes_back() {
    let world = world(family(spawn_and_wait, |_| text("All quiet."))).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    let parent = world.until_status(chat, ChatStatus::Waiting).await;
    let child = world.only_child(chat).await;
    assert_eq!(child.title, "Scout");
    assert_eq!(child.owner_id, parent.owner_id);
    assert_eq!(child.root_chat_id, chat);
    assert_eq!(child.last_model_config_id, parent.last_model_config_id);
    assert_eq!(child.workspace_id, parent.workspace_id);
    let transcript = world.transcript(chat).await;
    let report = format!(
        "tool: result wait {{\"chat_id\":\"{}\",\"report\":\"All quiet.\",\"status\":\"waiting\",\"title\":\"Scout\"}}",
        child.id
    );
    assert_eq!(transcript[4], report);
    assert_eq!(transcript[5], "assistant: Done.");

    let requests = world.model.requests();
    let asked = requests.iter().find(|it| is_child(it)).unwrap();
    let attribution = asked.attribution.unwrap();
    assert_eq!(
        (attribution.chat, attribution.parent),
        (child.id, Some(chat))
    );
    assert_eq!(asked.system[0].text, "You are a test.");
    assert!(asked.system[1].text.contains("subagent"));
    let offered: Vec<&str> = asked.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert!(offered.contains(&"execute") && !offered.contains(&"spawn_agent"));
    engine.shutdown().await;
}

#[tokio::test]
async fn wait_ends_at_its_limit_and_the_subagent_goes_on() {
    let world = world(family(spawn_and_wait, |_| hangs_after("Looking"))).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    in_time(world.clock.fire("subagent.wait")).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert!(
        transcript[4].contains("has not finished in time"),
        "{transcript:?}"
    );
    assert_eq!(world.only_child(chat).await.status, ChatStatus::Running);
    engine.shutdown().await;
}

#[tokio::test]
async fn interrupt_of_the_parent_ends_the_wait_and_not_the_subagent() {
    let world = world(family(spawn_and_wait, |_| hangs_after("Looking"))).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    in_time(world.clock.armed("subagent.poll")).await;
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert!(
        transcript[4].contains("interrupted the run"),
        "{transcript:?}"
    );
    assert_eq!(world.only_child(chat).await.status, ChatStatus::Running);
    engine.shutdown().await;
}

#[tokio::test]
async fn failed_subagent_is_an_error_with_what_it_has_said() {
    let failing = |_: &Request| fails_after("half", FailureKind::Auth);
    let world = world(family(spawn_and_wait, failing)).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let child = world.only_child(chat).await;
    assert_eq!(child.status, ChatStatus::Error);
    let why = child.last_error.unwrap().message;
    let transcript = world.transcript(chat).await;
    assert!(transcript[4].contains(&why), "{transcript:?}");
    assert!(
        transcript[4].contains("\"status\":\"error\""),
        "{transcript:?}"
    );
    assert_eq!(transcript[5], "assistant: Done.");
    engine.shutdown().await;
}

#[tokio::test]
async fn only_ones_own_subagents_can_be_named() {
    let clock = Clock::system();
    let unknown = ChatId::new(&clock).to_string();
    let other: Arc<std::sync::OnceLock<ChatId>> = Arc::default();
    let named = Arc::clone(&other);
    let model = FakeModel::new(move |_, request| {
        let Some(stranger) = named.get().map(ChatId::to_string) else {
            return text("I am another chat.");
        };
        if !results(request).is_empty() {
            return text("Done.");
        }
        calls(&[
            ("a", "wait_agent", json!({"chat_id": stranger})),
            (
                "b",
                "message_agent",
                json!({"chat_id": stranger, "message": "Hi"}),
            ),
            ("c", "close_agent", json!({"chat_id": stranger})),
            ("d", "wait_agent", json!({"chat_id": unknown})),
            ("e", "spawn_agent", json!({"prompt": "  "})),
        ])
    });
    let world = world(model).await;
    let engine = world.engine();
    let stranger = world.chat("Hello.").await;
    world.until_status(stranger, ChatStatus::Waiting).await;
    other.set(stranger).unwrap();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    for line in &transcript[2..6] {
        assert!(line.contains("There is no subagent"), "{line}");
    }
    assert!(transcript[6].contains("prompt must say"), "{transcript:?}");
    assert_eq!(world.transcript(stranger).await.len(), 2);
    engine.shutdown().await;
}

#[tokio::test]
async fn subagent_is_redirected_stopped_and_listed() {
    let model = family(
        |step, child| match step {
            0 => spawn(),
            1 => {
                let args = json!({"chat_id": child, "message": "Say hi.", "interrupt": true});
                calls(&[("tell", "message_agent", args)])
            }
            2 => wait(child),
            3 => calls(&[("close", "close_agent", json!({"chat_id": child}))]),
            4 => calls(&[("stop", "interrupt_agent", json!({"chat_id": child}))]),
            5 => calls(&[("list", "list_agents", json!({}))]),
            _ => text("Done."),
        },
        |request| {
            let told = format!("{:?}", request.messages).contains("Say hi.");
            if told {
                text("Hi.")
            } else {
                hangs_after("Looking")
            }
        },
    );
    let world = world(model).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await.join("\n");
    assert!(transcript.contains("\"interrupted\":true"), "{transcript}");
    assert!(transcript.contains("\"report\":\"Hi.\""), "{transcript}");
    assert_eq!(transcript.matches("\"terminated\":true").count(), 2);
    assert!(transcript.contains("\"count\":1"), "{transcript}");
    let child = world.only_child(chat).await;
    let said = world.transcript(child.id).await;
    assert_eq!(said.first().unwrap(), "user: Look around.");
    assert_eq!(said.last().unwrap(), "assistant: Hi.");
    engine.shutdown().await;
}

#[tokio::test]
async fn running_subagent_is_closed_and_the_wait_ends() {
    let model = family(
        |step, child| match step {
            0 => spawn(),
            1 => {
                let named = json!({"chat_id": child});
                calls(&[
                    ("wait", "wait_agent", named.clone()),
                    ("close", "close_agent", named),
                ])
            }
            _ => text("Done."),
        },
        |_| hangs_after("Looking"),
    );
    let world = world(model).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let child = world.only_child(chat).await;
    world.until_status(child.id, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await.join("\n");
    assert!(transcript.contains("\"terminated\":true"), "{transcript}");
    assert!(transcript.contains("\"report\":"), "{transcript}");
    engine.shutdown().await;
}

#[tokio::test]
async fn lost_hint_costs_one_look() {
    let world = world(family(spawn_and_wait, |_| hangs_after("Looking"))).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    in_time(world.clock.armed("subagent.poll")).await;
    let child = world.only_child(chat).await.id;
    // Written beside the door, so that nobody is told.
    world
        .store
        .write("test.silent", move |tx| {
            Box::pin(async move {
                let mut row = chats::door::lock(tx, child).await?.chat;
                let locked = row.snapshot_version;
                row.snapshot_version += 1;
                row.status = ChatStatus::Waiting;
                (row.worker_id, row.runner_id) = (None, None);
                chats::door::update_execution(tx, &row, locked).await
            })
        })
        .await
        .unwrap();
    in_time(world.clock.fire("subagent.poll")).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert!(
        transcript[4].contains("\"status\":\"waiting\""),
        "{transcript:?}"
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn wait_goes_on_under_the_next_owner_for_the_rest_of_its_time() {
    let model = family(spawn_and_wait, |request| {
        let told = format!("{:?}", request.messages).contains("Finish.");
        if told {
            text("Finished.")
        } else {
            hangs_after("Looking")
        }
    });
    let world = world(model).await;
    let first = world.engine();
    let chat = world.chat("Go.").await;
    in_time(world.clock.armed("subagent.poll")).await;
    world.clock.advance(std::time::Duration::from_secs(20));
    first.shutdown().await;
    let second = world.engine();
    let left = in_time(world.clock.armed("subagent.wait")).await;
    assert_eq!(left.as_secs(), 40);
    let child = world.only_child(chat).await.id;
    let busy = muster_chat_state::transitions::BusyBehavior::Interrupt;
    world.send(child, "Finish.", busy).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert!(
        transcript[4].contains("\"report\":\"Finished.\""),
        "{transcript:?}"
    );
    assert_eq!(world.children(chat).await.len(), 1);
    second.shutdown().await;
}

#[tokio::test]
async fn subagent_has_no_subagents() {
    let model = family(spawn_and_wait, |request| {
        if results(request).is_empty() {
            spawn()
        } else {
            text("I can't.")
        }
    });
    let world = world(model).await;
    let engine = world.engine();
    let chat = world.chat("Go.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let child = world.only_child(chat).await.id;
    let said = world.transcript(child).await;
    assert!(said[2].contains("There is no tool called"), "{said:?}");
    assert_eq!(world.children(child).await.len(), 0);
    engine.shutdown().await;
}

#[tokio::test]
async fn subagent_is_told_of_the_workspace_that_its_parent_came_to_and_never_to_make_one() {
    for workspace in [Some(WorkspaceId::NIL), None] {
        let world = world(family(spawn_and_wait, |_| text("All quiet."))).await;
        let chat = world.chat_by("Go.", |create| {
            let texts = opening(&DeploymentPrompt::default(), false, None);
            create.system = texts.iter().map(|text| content(text)).collect();
        });
        let chat = chat.await;
        let binding = Binding {
            workspace_id: workspace,
            build_id: None,
            agent_id: None,
        };
        let worker = Actor::system(Purpose::ChatWorker);
        let bound = world.machine.set_binding(&worker, chat, binding).await;
        bound.unwrap();
        let engine = world.engine();
        world.until_status(chat, ChatStatus::Waiting).await;
        let requests = world.model.requests();
        let system = |is_wanted: fn(&Request) -> bool| {
            let asked = requests.iter().find(|it| is_wanted(it)).unwrap();
            format!("{:?}", asked.system)
        };
        assert!(system(|it| !is_child(it)).contains("Create or start one"));
        let child = system(is_child);
        assert!(!child.contains("Create or start one"), "{child}");
        let is_attached = child.contains("This chat is attached to a workspace.");
        assert_eq!(is_attached, workspace.is_some(), "{child}");
        engine.shutdown().await;
    }
}
