//! Tools that the client of a chat runs: asked for, waited for, answered, or given up.

use muster_base::ChatId;
use muster_base::limits::REQUIRES_ACTION_DEADLINE;
use muster_chat_engine::{StreamEvent, StreamStart};
use muster_chat_state::content::ToolResult;
use muster_chat_state::transitions::{
    BusyBehavior, CompleteRequiresAction, EditMessage, StepResult,
};
use muster_llm::Request;
use muster_store::chats::{Chat, ChatStatus};
use serde_json::{Value, json};

use crate::model::{FakeModel, calls, cut_off, text};
use crate::support::{World, content, events_until};

/// A chat whose client brings a tool along.
async fn asking(world: &World) -> ChatId {
    world
        .chat_that_is("Go.", |chat| {
            let schema = json!({"type": "object", "properties": {}});
            chat.dynamic_tools = Some(json!([
                {"name": "ask_user", "description": "Asks.", "input_schema": schema},
                // One of ours: the client's is never offered.
                {"name": "execute", "description": "Mine.", "input_schema": schema},
            ]));
        })
        .await
}

/// Calls the client's tool `a` and one of ours, then says what it was told.
fn model() -> std::sync::Arc<FakeModel> {
    FakeModel::new(|number, _| match number {
        0 => calls(&[
            ("a", "ask_user", json!({"question": "Why?"})),
            ("b", "list_templates", json!({})),
        ]),
        _ => text("Done."),
    })
}

fn is_asked(chat: &Chat) -> bool {
    chat.status == ChatStatus::RequiresAction
}

fn answer(id: &str, value: Value) -> StepResult {
    let result = ToolResult {
        tool_call_id: id.to_owned(),
        tool_name: "ask_user".to_owned(),
        result: Some(value),
        ..ToolResult::default()
    };
    StepResult::new(result, None).unwrap()
}

impl World {
    async fn complete(&self, chat: ChatId) {
        let results = vec![answer("a", json!("Because."))];
        let complete = CompleteRequiresAction { results };
        self.machine
            .apply(&self.user, chat, complete)
            .await
            .unwrap();
    }
}

/// The results that a request carries, by call.
fn told(request: &Request) -> Vec<String> {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let results = parts.filter_map(|part| {
        let muster_llm::Part::ToolResult(result) = part else {
            return None;
        };
        Some(format!("{} {result:?}", result.call_id))
    });
    results.collect()
}

#[tokio::test]
async fn client_answers_its_call_beside_one_that_ran_here() {
    let world = World::new(model()).await;
    let engine = world.engine();
    let chat = asking(&world).await;
    let mut stream = engine
        .stream(&world.user, chat, StreamStart::AfterId(None))
        .await;
    let is_asked = |event: &StreamEvent| matches!(event, StreamEvent::ActionRequired { .. });
    let events = events_until(&mut stream, is_asked).await;
    let Some(StreamEvent::ActionRequired { calls, deadline_at }) =
        events.into_iter().find(|event| is_asked(event))
    else {
        panic!("not asked");
    };
    let ids: Vec<_> = calls
        .iter()
        .map(|call| call.tool_call_id.as_str())
        .collect();
    assert_eq!(ids, ["a"], "only what is the client's");
    assert_eq!(calls[0].args, Some(json!({"question": "Why?"})));
    let deadline = world.clock.clock().now() + REQUIRES_ACTION_DEADLINE;
    assert_eq!(deadline_at, Some(deadline));

    world.complete(chat).await;
    let done = world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(done.requires_action_deadline_at, None);
    let said = world.transcript(chat).await;
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    let requests = world.model.requests();
    let offered: Vec<_> = requests[0].tools.iter().map(|tool| &*tool.name).collect();
    assert!(offered.is_sorted() && offered.contains(&"ask_user"));
    let ours = requests[0]
        .tools
        .iter()
        .filter(|tool| tool.name == "execute");
    let ours: Vec<_> = ours.map(|tool| tool.description != "Mine.").collect();
    assert_eq!(ours, [true]);
    let told = told(&requests[1]);
    assert_eq!(told.len(), 2);
    assert!(
        told.iter()
            .any(|it| it.starts_with("a ") && it.contains("Because."))
    );
    assert!(
        told.iter()
            .any(|it| it.starts_with("b ") && it.contains("templates"))
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn nobody_answers_and_the_deadline_does() {
    let world = World::new(model()).await;
    let engine = world.engine();
    let chat = asking(&world).await;
    world.until(chat, is_asked).await;
    crate::support::in_time(world.clock.armed("chat.requires_action")).await;
    world.clock.advance(REQUIRES_ACTION_DEADLINE);
    world.until_status(chat, ChatStatus::Waiting).await;
    let told = told(&world.model.requests()[1]);
    assert!(
        told.iter()
            .any(|it| it.contains("nobody answered it in time"))
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn next_owner_waits_for_the_rest_of_the_deadline() {
    let world = World::new(model()).await;
    let first = world.engine();
    let chat = asking(&world).await;
    let asked = world.until(chat, is_asked).await;
    first.shutdown().await;
    world.clock.advance(REQUIRES_ACTION_DEADLINE / 2);
    let second = world.engine();
    let owned = world.until(chat, |now| now.runner_id.is_some()).await;
    assert_eq!(
        owned.requires_action_deadline_at,
        asked.requires_action_deadline_at
    );
    assert_eq!(
        world.model.requests().len(),
        1,
        "the model is not asked again"
    );
    crate::support::in_time(world.clock.armed("chat.requires_action")).await;
    world.clock.advance(REQUIRES_ACTION_DEADLINE / 2);
    world.until_status(chat, ChatStatus::Waiting).await;
    second.shutdown().await;
}

#[tokio::test]
async fn answer_that_comes_while_nobody_owns_the_chat_is_taken() {
    let world = World::new(model()).await;
    let first = world.engine();
    let chat = asking(&world).await;
    world.until(chat, is_asked).await;
    first.shutdown().await;
    world.complete(chat).await;
    let second = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    let told = told(&world.model.requests()[1]);
    assert!(told.iter().any(|it| it.contains("Because.")), "{told:?}");
    second.shutdown().await;
}

#[tokio::test]
async fn interrupt_a_new_message_and_an_edit_all_answer_in_the_clients_place() {
    for act in ["interrupt", "message", "edit"] {
        let world = World::new(model()).await;
        let engine = world.engine();
        let chat = asking(&world).await;
        world.until(chat, is_asked).await;
        match act {
            "interrupt" => world.interrupt(chat).await,
            "message" => {
                let sent = world.send(chat, "Never mind.", BusyBehavior::Interrupt);
                assert_eq!(sent.await.cancelled_calls.len(), 1);
            }
            _ => {
                let (_, messages) = world.read(chat).await;
                let user = messages.iter().find(|it| it.role.as_str() == "user");
                let edit = EditMessage {
                    message_id: user.unwrap().id,
                    content: content("Go on."),
                    edited_by: world.owner,
                };
                world.machine.apply(&world.user, chat, edit).await.unwrap();
            }
        }
        world.until_status(chat, ChatStatus::Waiting).await;
        let said = world.transcript(chat).await;
        assert_eq!(said.last().unwrap(), "assistant: Done.", "{act}");
        let results = vec![answer("a", json!("Late."))];
        let late = CompleteRequiresAction { results };
        let late = world.machine.apply(&world.user, chat, late).await;
        late.unwrap_err();
        engine.shutdown().await;
    }
}

#[tokio::test]
async fn arguments_that_are_no_json_are_not_the_clients_problem() {
    let model = FakeModel::new(|number, _| match number {
        0 => cut_off("a", "ask_user", r#"{"question": "Wh"#),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = asking(&world).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert!(told(&world.model.requests()[1])[0].contains("cut off"));
    engine.shutdown().await;
}

#[tokio::test]
async fn tools_that_cannot_be_read_are_none() {
    let world = World::new(FakeModel::new(|_, _| text("Hi."))).await;
    let engine = world.engine();
    let broken = |chat: &mut muster_store::chats::door::NewChat| {
        chat.dynamic_tools = Some(json!({"name": 1}));
    };
    let chat = world.chat_that_is("Go.", broken).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(world.transcript(chat).await[1], "assistant: Hi.");
    engine.shutdown().await;
}
