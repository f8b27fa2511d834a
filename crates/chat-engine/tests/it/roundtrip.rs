//! What a model said goes through the database and back to it whole, at every provider.
//!
//! The model is the scripted server with all its checks on: it refuses a request in which a
//! signature is missing or altered, a call has no result, or a picture has become text. So a
//! turn that ends well is a request that the provider would have taken.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::FutureExt;
use muster_agent_link::fake::{FakeAnswer, FakeCall, Handler};
use muster_agent_link::wire::{Code, ProcessOutput, ProcessStarted};
use muster_base::{ChatId, Clock, EffectId};
use muster_chat_engine::{Options, Replicas};
use muster_chat_state::content::{self, Content, Part};
use muster_chat_state::transitions::{BusyBehavior, SendMessage, UserMessage};
use muster_llm::{ProviderConfig, ProviderKind};
use muster_scripted_llm::{Captured, Script, ScriptedModel, serve};
use muster_store::chat_messages::Role;
use muster_store::chats::ChatStatus;
use serde_json::json;
use tokio::net::TcpListener;

use crate::model::{FakeModel, text};
use crate::support::World;

const SCRIPT: &str = r#"
name = "everything"
pace = { chunk_chars = 7 }

[[on]]
turn = 1
step = 1
reply.reasoning = "I should look at the screen and at the files. ü"
reply.search = { query = "how it looks", sources = [{ url = "https://a.example.org/", title = "A" }] }
reply.text = "I will look."
reply.call = [
    { tool = "read_file", args = { path = "/shot.png" } },
    { tool = "execute", args = { command = "ls" } },
    { tool = "no_such_tool", args = { "z" = 1, "a" = [1.5, "x"] } },
]

[[on]]
turn = 1
after = { tool = "read_file", media = true }
reply.reasoning = "A picture."
reply.redacted = true
reply.text = "I see it."
reply.call = [{ tool = "execute", args = { command = "again" } }]

[[on]]
turn = 1
step = 3
reply.text = "Done."

[[on]]
turn = 2
reply.text = "Still {{turn}}."
"#;

/// Longer than what a text may hold of base64.
fn picture() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(9_000, 0x5a);
    bytes
}

fn agent(call: &FakeCall) -> FakeAnswer {
    match call.path.as_str() {
        "read-file" => FakeAnswer::file("image/png", picture()),
        "process/start" => FakeAnswer::json(&ProcessStarted {
            id: call.effect_id().unwrap_or(EffectId::NIL),
            started: true,
        }),
        "effects/ack" => FakeAnswer::json(&json!({})),
        path if path.ends_with("/output") => FakeAnswer::json(&ProcessOutput {
            output: "a.txt\n".to_owned(),
            exit_code: Some(0),
            ..ProcessOutput::default()
        }),
        _ => FakeAnswer::refused(Code::NotFound, "no such route"),
    }
}

/// Where the scripted server has the provider's routes.
fn base_url(kind: ProviderKind, address: &str) -> String {
    match kind {
        ProviderKind::Anthropic | ProviderKind::Bedrock | ProviderKind::Google => {
            address.to_owned()
        }
        ProviderKind::Azure
        | ProviderKind::Openai
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => format!("{address}/v1"),
    }
}

/// What the provider takes for a key: Bedrock a pair that signs each request.
const fn key(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Bedrock => "AKIDEXAMPLE:a-secret-for-tests",
        ProviderKind::Anthropic
        | ProviderKind::Azure
        | ProviderKind::Google
        | ProviderKind::Openai
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => "test-key",
    }
}

/// Models that between them use every format of a provider.
fn models(kind: ProviderKind) -> &'static [&'static str] {
    match kind {
        ProviderKind::Openai | ProviderKind::Azure => &["a-model", "gpt-5"],
        ProviderKind::Anthropic
        | ProviderKind::Bedrock
        | ProviderKind::Google
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => &["a-model"],
    }
}

fn options_of(kind: ProviderKind) -> serde_json::Value {
    match kind {
        ProviderKind::Anthropic => json!({ "anthropic": {
            "thinking": { "budget_tokens": 2_000 }, "web_search_enabled": true } }),
        ProviderKind::Bedrock => json!({ "anthropic": { "thinking": { "budget_tokens": 2_000 } } }),
        // Without a chain the whole history is sent again.
        ProviderKind::Openai | ProviderKind::Azure => {
            json!({ "openai": { "store": false, "web_search_enabled": true } })
        }
        ProviderKind::Google
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => json!({}),
    }
}

/// The scripted server and a world whose only model it is.
struct Trip {
    world: World,
    scripted: ScriptedModel,
    config: ProviderConfig,
}

impl Trip {
    async fn new(kind: ProviderKind, model: &str, script: &str) -> Self {
        // A second installation in the same process is refused, and that is fine.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut options =
            muster_scripted_llm::Options::new(Script::parse(script).unwrap(), Clock::system());
        options.capture = true;
        options.attribution = true;
        options.cache_prefix = true;
        let scripted = ScriptedModel::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let config = ProviderConfig {
            kind,
            base_url: Some(base_url(kind, &address)),
            api_key: Some(key(kind).to_owned().into()),
            region: (kind == ProviderKind::Bedrock).then(|| "us-east-1".to_owned()),
        };
        let world = World::new(FakeModel::new(|_, _| text("never asked"))).await;
        let settings = json!({ "provider_options": options_of(kind) });
        world.configure_model(kind, model, settings).await;
        let serving = serve(scripted.clone(), listener, world.tasks.drain().clone());
        world.tasks.spawn("scripted", serving);
        Self {
            world,
            scripted,
            config,
        }
    }

    fn options(&self) -> Options {
        Options {
            provider_presets: vec![self.config.clone()],
            connect: Arc::new(ProviderConfig::connect),
            ..self.world.options(Replicas::Several)
        }
    }

    /// Both turns, each by an engine of its own: the second knows only what is stored.
    async fn run(&self) -> ChatId {
        let handler: Handler = Arc::new(|call| std::future::ready(agent(&call)).boxed());
        let _agent = self.world.agent(handler).await;
        let engine = World::engine_with(self.options());
        let chat = self.world.chat("Look.").await;
        self.settled(chat).await;
        engine.shutdown().await;
        let engine = World::engine_with(self.options());
        self.show_picture(chat).await;
        self.settled(chat).await;
        engine.shutdown().await;
        chat
    }

    async fn settled(&self, chat: ChatId) {
        let is_still = |row: &muster_store::chats::Chat| {
            row.status != ChatStatus::Running && row.runner_id.is_none()
                || row.retry_state.is_some()
        };
        let row = self.world.until(chat, is_still).await;
        let said = self.world.transcript(chat).await;
        assert_eq!(
            (row.status, row.retry_state),
            (ChatStatus::Waiting, None),
            "{:?} {said:?} {:?}",
            row.last_error,
            self.scripted.requests(0).last()
        );
    }

    async fn show_picture(&self, chat: ChatId) {
        let file = content::File {
            media_type: "image/png".to_owned(),
            data: Some(BASE64.encode(b"\x89PNG small")),
            ..content::File::default()
        };
        let parts = [Part::text("And this one?"), Part::File(file)];
        let message = UserMessage::new(Content::new(&parts).unwrap(), self.world.owner);
        let busy = BusyBehavior::Queue;
        let send = SendMessage { message, busy };
        let sent = self.world.machine.apply(&self.world.user, chat, send).await;
        sent.unwrap();
    }
}

/// What a request must hold besides what the server checks, by the wire that it went over.
fn demands(request: &Captured) -> &'static [&'static str] {
    let path = request.path.as_str();
    if path.contains("/invoke") {
        &[
            "\"type\":\"thinking\"",
            "\"signature\":",
            "\"type\":\"redacted_thinking\"",
            "\"type\":\"image\"",
        ]
    } else if path.contains("/messages") {
        &[
            "\"type\":\"thinking\"",
            "\"signature\":",
            "\"type\":\"redacted_thinking\"",
            "\"type\":\"server_tool_use\"",
            "\"encrypted_content\":",
            "\"type\":\"image\"",
        ]
    } else if path.contains("/responses") {
        &[
            "\"encrypted_content\":",
            "\"type\":\"web_search_call\"",
            "\"type\":\"input_image\"",
        ]
    } else if path.contains("/chat/completions") {
        &["\"reasoning_content\":", "\"type\":\"image_url\""]
    } else {
        &["\"functionResponse\":"]
    }
}

/// Every request says who we are and for whom it is, and Bedrock's are signed.
fn check_headers(trip: &Trip, chat: ChatId, request: &Captured, name: &str) {
    let header = |wanted: &str| {
        let found = request.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let agent = header("user-agent").unwrap_or_default();
    assert!(agent.starts_with("coder-agents/"), "{name}: {agent}");
    let (owner, chat) = (trip.world.owner.to_string(), chat.to_string());
    assert_eq!(header("x-coder-owner-id"), Some(&*owner), "{name}");
    assert_eq!(header("x-coder-chat-id"), Some(&*chat), "{name}");
    assert_eq!(header("x-coder-subchat-id"), None, "{name}");
    // The signature itself is a credential, which is not captured.
    let is_signed = header("x-amz-date").is_some();
    assert_eq!(
        is_signed,
        trip.config.kind == ProviderKind::Bedrock,
        "{name}"
    );
}

fn check(trip: &Trip, chat: ChatId, name: &str) {
    let stats = trip.scripted.stats();
    assert_eq!((stats.requests, stats.violations), (4, 0), "{name}");
    // Nothing that was sent before was sent otherwise again.
    assert_eq!(
        (stats.prefix.compared, stats.prefix.broken),
        (3, 0),
        "{name}"
    );
    let requests = trip.scripted.requests(0);
    for request in &requests {
        check_headers(trip, chat, request, name);
    }
    let last = requests.last().unwrap();
    let body = last.body.to_string();
    for demand in demands(last) {
        assert!(body.contains(demand), "{name}: no {demand} in {body}");
    }
    for bytes in [picture(), b"\x89PNG small".to_vec()] {
        let encoded = BASE64.encode(bytes);
        assert_eq!(body.matches(&encoded).count(), 1, "{name}: a picture, once");
    }
}

#[tokio::test]
async fn everything_a_model_said_goes_back_whole_at_every_provider() {
    for kind in ProviderKind::ALL {
        for model in models(kind) {
            let trip = Trip::new(kind, model, SCRIPT).await;
            let name = format!("{} {model}", kind.as_str());
            let chat = trip.run().await;
            check(&trip, chat, &name);
            trip.world.tasks.shutdown().await;
        }
    }
}

#[tokio::test]
async fn result_that_a_provider_made_itself_stands_in_its_own_message() {
    let trip = Trip::new(ProviderKind::Anthropic, "a-model", SCRIPT).await;
    let chat = trip.run().await;
    let (_, messages) = trip.world.read(chat).await;
    let results = messages.iter().flat_map(|message| {
        let parts = content::decode(&message.content).unwrap();
        parts.into_iter().filter_map(move |part| {
            let result = part.as_tool_result()?.clone();
            Some((message.role, result))
        })
    });
    let (own, ours): (Vec<_>, Vec<_>) = results.partition(|(_, result)| result.provider_executed);
    assert!(!own.is_empty() && !ours.is_empty());
    assert!(own.iter().all(|(role, _)| *role == Role::Assistant));
    assert!(ours.iter().all(|(role, _)| *role == Role::Tool));
    trip.world.tasks.shutdown().await;
}

#[tokio::test]
async fn a_search_that_was_paused_is_gone_on_with() {
    let script = r#"
name = "pause"
[[on]]
step = 1
reply.reasoning = "I must search."
reply.search = { query = "slow" }
reply.stop = "pause"
[[on]]
else = true
reply.text = "Found nothing."
"#;
    let trip = Trip::new(ProviderKind::Anthropic, "a-model", script).await;
    let engine = World::engine_with(trip.options());
    let chat = trip.world.chat("Search.").await;
    trip.settled(chat).await;
    let requests = trip.scripted.requests(0);
    assert_eq!(requests.len(), 2);
    let messages = requests[1].body["messages"].as_array().unwrap();
    let kinds: Vec<_> = messages[1]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        (messages.len(), kinds),
        (2, vec!["thinking", "server_tool_use"])
    );
    // The call has found no end: it is not sent once the user has spoken.
    trip.world
        .send(chat, "Never mind.", BusyBehavior::Queue)
        .await;
    trip.world
        .until(chat, |row| row.status == ChatStatus::Running)
        .await;
    trip.settled(chat).await;
    let last = trip.scripted.requests(2);
    assert!(!last[0].body.to_string().contains("server_tool_use"));
    engine.shutdown().await;
    trip.world.tasks.shutdown().await;
}
