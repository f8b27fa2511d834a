//! Turns that go on after a response the provider keeps, against a provider that refuses what
//! `OpenAI` refuses.

use std::sync::Arc;

use muster_base::{Clock, ModelConfigId, TaskSet};
use muster_chat_engine::{Options, Replicas};
use muster_chat_state::transitions::{
    BusyBehavior, EditMessage, RequestCompaction, SendMessage, UserMessage,
};
use muster_llm::{ProviderConfig, ProviderKind};
use muster_rbac::{Actor, Purpose};
use muster_scripted_llm::{Script, ScriptedModel, serve};
use muster_store::chat_messages::Role;
use muster_store::chats::ChatStatus;
use muster_store::model_configs::{ModelConfig, ModelConfigChange};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::model::{FakeModel, text};
use crate::support::{Replica, START, World, content};

/// Thinks, searches and answers, whatever it is asked.
const SEARCHES: &str = r#"
name = "searches"
[[on]]
reply.reasoning = "Let me look it up."
reply.search = { query = "{{user}}", sources = [{ url = "https://a.example", title = "A" }] }
reply.text = "Answer {{turn}}."
"#;

/// Like that, but looks for templates first in its second turn.
const CALLS: &str = r#"
name = "calls"
[[on]]
turn = 2
step = 1
reply.reasoning = "I need a list."
reply.search = { query = "templates", sources = [] }
reply.call = [{ tool = "list_templates" }]
[[on]]
reply.reasoning = "Let me look it up."
reply.search = { query = "{{user}}", sources = [{ url = "https://a.example", title = "A" }] }
reply.text = "Answer {{turn}}."
"#;

/// A world whose model is `OpenAI`'s, played by a script.
struct Provider {
    world: World,
    scripted: ScriptedModel,
    address: String,
    tasks: TaskSet,
}

impl Provider {
    async fn new(script: &str) -> Self {
        let script = Script::parse(script).unwrap();
        let mut options = muster_scripted_llm::Options::new(script, Clock::system());
        options.capture = true;
        options.attribution = true;
        let scripted = ScriptedModel::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1", listener.local_addr().unwrap());
        let tasks = TaskSet::new();
        let serving = serve(scripted.clone(), listener, tasks.drain().clone());
        let _served = tasks.spawn("scripted", serving);
        Self {
            world: World::new(FakeModel::new(|_, _| text("never"))).await,
            scripted,
            address,
            tasks,
        }
    }

    /// A model configuration; the first one is the default.
    async fn config(&self, model: &str, options: Value) -> ModelConfigId {
        let config = ModelConfig {
            id: ModelConfigId::new(&self.world.clock.clock()),
            provider: ProviderKind::Openai.as_str().to_owned(),
            model: model.to_owned(),
            display_name: model.to_owned(),
            enabled: true,
            is_default: true,
            context_limit: 100_000,
            compression_threshold: 70,
            settings: settings(options),
            deleted: false,
            created_at: START,
            updated_at: START,
        };
        let setup = Actor::system(Purpose::Setup);
        let created = self.world.store.create_model_config(&setup, config).await;
        created.unwrap().id
    }

    fn engine(&self) -> Replica {
        let preset = ProviderConfig {
            kind: ProviderKind::Openai,
            base_url: Some(self.address.clone()),
            api_key: Some("key-for-tests".to_owned().into()),
            region: None,
        };
        let options = Options {
            provider_presets: vec![preset],
            connect: Arc::new(ProviderConfig::connect),
            ..self.world.options(Replicas::Several)
        };
        World::engine_with(options)
    }

    /// The bodies of all requests so far.
    fn sent(&self) -> Vec<Value> {
        let captured = self.scripted.requests(0);
        captured.into_iter().map(|request| request.body).collect()
    }

    async fn end(self, engine: Replica) {
        engine.shutdown().await;
        self.tasks.shutdown().await;
    }
}

fn settings(options: Value) -> Value {
    let mut options = options;
    options["web_search_enabled"] = json!(true);
    json!({ "provider_options": { "openai": options } })
}

/// What a request goes on after, and the kinds of the items that it brings.
fn shape(body: &Value) -> (bool, String) {
    let items = body["input"].as_array().unwrap().iter();
    let kinds: Vec<&str> = items
        .map(|item| match item["role"].as_str() {
            Some(role) => role,
            None => item["type"].as_str().unwrap(),
        })
        .collect();
    let is_chained = body.get("previous_response_id").is_some();
    (is_chained, kinds.join(" "))
}

fn shapes(bodies: &[Value]) -> Vec<(bool, String)> {
    bodies.iter().map(shape).collect()
}

fn chained(items: &str) -> (bool, String) {
    (true, items.to_owned())
}

fn whole(items: &str) -> (bool, String) {
    (false, items.to_owned())
}

#[tokio::test]
async fn turns_with_searches_go_on_after_each_other() {
    let provider = Provider::new(SEARCHES).await;
    provider.config("gpt-5", json!({})).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    for turn in 2..5 {
        world.until_status(chat, ChatStatus::Waiting).await;
        let words = format!("Turn {turn}.");
        world.send(chat, &words, BusyBehavior::Queue).await;
    }
    world.until_status(chat, ChatStatus::Waiting).await;
    let sent = provider.sent();
    let expected = [
        whole("user"),
        chained("user"),
        chained("user"),
        chained("user"),
    ];
    assert_eq!(shapes(&sent), expected);
    let (_, messages) = world.read(chat).await;
    let answers = messages.iter().filter(|it| it.role == Role::Assistant);
    let ids: Vec<Value> = answers.map(|it| json!(it.provider_response_id)).collect();
    for (request, before) in sent.iter().skip(1).zip(&ids) {
        assert_eq!(&request["previous_response_id"], before);
        // The provider forgets the instructions, and keeps what it is told to.
        assert_eq!(request["instructions"], sent[0]["instructions"]);
        assert_eq!(request["store"], true);
    }
    assert_eq!(sent[3]["input"][0]["content"][0]["text"], "Turn 4.");
    assert_eq!(provider.scripted.stats().violations, 0);
    provider.end(engine).await;
}

#[tokio::test]
async fn results_of_tools_leave_the_chain_until_the_next_turn() {
    let provider = Provider::new(CALLS).await;
    provider.config("gpt-5", json!({})).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    for turn in 2..4 {
        world.until_status(chat, ChatStatus::Waiting).await;
        let words = format!("Turn {turn}.");
        world.send(chat, &words, BusyBehavior::Queue).await;
    }
    world.until_status(chat, ChatStatus::Waiting).await;
    let answer = "reasoning web_search_call assistant";
    let call = "reasoning web_search_call function_call function_call_output";
    let expected = [
        whole("user"),
        chained("user"),
        whole(&format!("user {answer} user {call}")),
        chained("user"),
    ];
    assert_eq!(shapes(&provider.sent()), expected);
    assert_eq!(provider.scripted.stats().violations, 0);
    provider.end(engine).await;
}

#[tokio::test]
async fn provider_that_keeps_nothing_is_told_everything() {
    let provider = Provider::new(SEARCHES).await;
    provider.config("gpt-5", json!({ "store": false })).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    world.send(chat, "Turn 2.", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let sent = provider.sent();
    let again = whole("user reasoning web_search_call assistant user");
    assert_eq!(shapes(&sent), [whole("user"), again]);
    assert_eq!(sent[1]["store"], false);
    assert!(sent[1]["input"][1]["encrypted_content"].is_string());
    let (_, messages) = world.read(chat).await;
    let ids = messages.iter().map(|it| it.provider_response_id.as_ref());
    assert_eq!(ids.flatten().count(), 0, "a forgotten response has no id");
    assert_eq!(provider.scripted.stats().violations, 0);
    provider.end(engine).await;
}

#[tokio::test]
async fn answer_without_an_id_is_told_again() {
    let provider = Provider::new(SEARCHES).await;
    let config = provider.config("gpt-5", json!({ "store": false })).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    // Another engine has nothing of the old configuration in its cache.
    engine.shutdown().await;
    let change = ModelConfigChange {
        settings: Some(settings(json!({}))),
        ..ModelConfigChange::default()
    };
    let setup = Actor::system(Purpose::Setup);
    let changed = world.store.update_model_config(&setup, config, change);
    changed.await.unwrap();
    let engine = provider.engine();
    for turn in 2..4 {
        world
            .send(chat, &format!("Turn {turn}."), BusyBehavior::Queue)
            .await;
        world.until_status(chat, ChatStatus::Waiting).await;
    }
    let sent = shapes(&provider.sent());
    assert_eq!(sent[1], whole("user assistant user"));
    assert_eq!(sent[2], chained("user"));
    assert_eq!(provider.scripted.stats().violations, 0);
    provider.end(engine).await;
}

#[tokio::test]
async fn another_model_is_told_everything_but_the_thoughts_of_the_first() {
    let provider = Provider::new(SEARCHES).await;
    let other = provider.config("o3", json!({})).await;
    provider.config("gpt-5", json!({})).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    for turn in 2..4 {
        let message = UserMessage {
            model_config_id: Some(other),
            ..UserMessage::new(content(&format!("Turn {turn}.")), world.owner)
        };
        let busy = BusyBehavior::Queue;
        let send = SendMessage { message, busy };
        let sent = world.machine.apply(&world.user, chat, send).await;
        sent.unwrap();
        world.until_status(chat, ChatStatus::Waiting).await;
    }
    let sent = provider.sent();
    let expected = [whole("user"), whole("user assistant user"), chained("user")];
    assert_eq!(shapes(&sent), expected);
    let models: Vec<_> = sent
        .iter()
        .map(|body| body["model"].as_str().unwrap())
        .collect();
    assert_eq!(models, ["gpt-5", "o3", "o3"]);
    assert_eq!(provider.scripted.stats().violations, 0);
    provider.end(engine).await;
}

#[tokio::test]
async fn lost_response_is_made_up_for_at_once() {
    let provider = Provider::new(SEARCHES).await;
    provider.config("gpt-5", json!({})).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    provider.scripted.forget_responses();
    // The clock stands still: a countdown would never end.
    world.send(chat, "Turn 2.", BusyBehavior::Queue).await;
    let row = world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!((row.last_error, row.retry_state), (None, None));
    world.send(chat, "Turn 3.", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let expected = [
        whole("user"),
        chained("user"),
        whole("user assistant user"),
        chained("user"),
    ];
    assert_eq!(shapes(&provider.sent()), expected);
    assert_eq!(provider.scripted.stats().violations, 1, "the lost response");
    let transcript = world.transcript(chat).await;
    let answers = transcript
        .iter()
        .filter(|line| line.starts_with("assistant"));
    assert_eq!(answers.count(), 3);
    provider.end(engine).await;
}

#[tokio::test]
async fn edited_conversation_is_told_again_once() {
    let provider = Provider::new(SEARCHES).await;
    provider.config("gpt-5", json!({})).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    world.send(chat, "Turn 2.", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let (_, messages) = world.read(chat).await;
    let mut users = messages.iter().rev().filter(|it| it.role == Role::User);
    let edit = EditMessage {
        message_id: users.next().unwrap().id,
        content: content("Turn 2, once more."),
        edited_by: world.owner,
    };
    world.machine.apply(&world.user, chat, edit).await.unwrap();
    world.until_status(chat, ChatStatus::Waiting).await;
    world.send(chat, "Turn 3.", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let expected = [
        whole("user"),
        chained("user"),
        whole("user assistant user"),
        chained("user"),
    ];
    assert_eq!(shapes(&provider.sent()), expected);
    assert_eq!(provider.scripted.stats().violations, 0);
    provider.end(engine).await;
}

#[tokio::test]
async fn chat_completions_are_never_chained() {
    let provider = Provider::new("name = 'plain'\n[[on]]\nreply.text = 'Hi.'\n").await;
    provider.config("gpt-4", json!({})).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    world.send(chat, "Turn 2.", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let sent = provider.sent();
    assert_eq!(sent[1]["messages"].as_array().unwrap().len(), 4);
    assert_eq!(sent[1].get("previous_response_id"), None);
    assert_eq!(provider.scripted.stats().violations, 0);
    provider.end(engine).await;
}

#[tokio::test]
async fn summary_is_of_everything_and_nothing_goes_on_after_what_it_replaced() {
    let provider = Provider::new(SEARCHES).await;
    provider.config("gpt-5", json!({})).await;
    let (world, engine) = (&provider.world, provider.engine());
    let chat = world.chat("Turn 1.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let asked = world.machine.apply(&world.user, chat, RequestCompaction);
    asked.await.unwrap();
    world.until_status(chat, ChatStatus::Waiting).await;
    for turn in 2..4 {
        let words = format!("Turn {turn}.");
        world.send(chat, &words, BusyBehavior::Queue).await;
        world.until_status(chat, ChatStatus::Waiting).await;
    }
    let sent = provider.sent();
    let is_chained: Vec<bool> = sent.iter().map(|body| shape(body).0).collect();
    assert_eq!(is_chained, [false, false, false, true]);
    let summarised = sent[1]["input"].to_string();
    assert!(summarised.contains("Turn 1."), "{summarised}");
    let after = sent[2]["input"].to_string();
    assert!(
        !after.contains("Turn 1.") && after.contains("Turn 2."),
        "{after}"
    );
    provider.end(engine).await;
}
