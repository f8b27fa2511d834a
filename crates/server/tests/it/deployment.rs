//! How the deployment is doing, how it was told to be, and what it could use.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Json;
use axum::routing::get;
use muster_api::{HealthCheck, SandboxHealth, SandboxLevel};
use muster_base::limits::REPLICA_DEAD_AFTER;
use muster_base::{Clock, Micros, MockClock, Secret, WorkerId};
use muster_llm::{ProviderConfig, ProviderKind};
use muster_rbac::Role;
use muster_server::{Host, LocalModels, Options, Settings};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Harness, Person};

const HEALTH: &str = "/api/v2/deployment/health";
const CONFIG: &str = "/api/v2/deployment/config";
const PROVIDERS: &str = "/api/v2/chats/providers";
const OFFERS: &str = "/api/v2/chats/providers/offers";
const MODELS: &str = "/api/v2/chats/models";
/// 2026-11-21.
const START: Micros = Micros(1_795_219_200_000_000);

fn check(name: &str, ok: bool) -> HealthCheck {
    HealthCheck {
        name: name.to_owned(),
        ok,
        detail: "as found".to_owned(),
        remedy: "as told".to_owned(),
    }
}

/// A machine of this level on which `git` is there or not.
fn host(level: SandboxLevel, git: bool) -> impl FnOnce(&mut Options) {
    move |options| {
        options.examine = Arc::new(move || Host {
            sandbox: Some(SandboxHealth {
                level,
                required: SandboxLevel::Landlock,
                ok: level >= SandboxLevel::Landlock,
                layers: vec![check("user_namespaces", level == SandboxLevel::Strict)],
            }),
            checks: vec![check("git", git)],
        });
    }
}

async fn healthy(level: SandboxLevel, git: bool) -> Value {
    let muster = Harness::tuned(Clock::system(), Settings::default(), host(level, git)).await;
    let owner = muster.owner().await;
    let health = muster.get(&owner, HEALTH).await.expect(200);
    muster.end().await;
    health
}

#[tokio::test]
async fn health_names_what_is_missing_and_a_weaker_sandbox_is_no_fault() {
    let fine = healthy(SandboxLevel::Landlock, true).await;
    assert_eq!(fine["healthy"], true, "{fine}");
    assert_eq!(fine["sandbox"]["level"], "landlock");
    assert_eq!(fine["sandbox"]["layers"][0]["remedy"], "as told");
    assert_eq!(fine["version"], env!("CARGO_PKG_VERSION"));
    assert!(["sqlite", "postgres"].contains(&fine["database"]["engine"].as_str().unwrap()));
    assert!(!fine["database"]["version"].as_str().unwrap().is_empty());
    let names = fine["checks"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["git", "database", "access_url"]);

    let without_git = healthy(SandboxLevel::Strict, false).await;
    assert_eq!(without_git["healthy"], false);
    let no_workspaces = healthy(SandboxLevel::None, true).await;
    assert_eq!(no_workspaces["healthy"], false);
    assert_eq!(no_workspaces["sandbox"]["ok"], false);
}

#[tokio::test]
async fn servers_are_listed_with_their_last_sign_of_life() {
    let time = MockClock::new(START);
    let muster = Harness::with_clock(&time).await;
    let owner = muster.owner().await;
    let clock = time.clock();
    let silent = WorkerId::new(&clock);
    let started = clock.now();
    let beaten = muster.store().write("test.beat", move |tx| {
        Box::pin(async move { muster_store::replicas::beat(tx, silent, started, None).await })
    });
    beaten.await.unwrap();
    let listed = muster.get(&owner, HEALTH).await.expect(200);
    let of = |health: &Value| {
        let all = health["replicas"].as_array().unwrap();
        let id = json!(silent.0);
        all.iter().find(|one| one["id"] == id).cloned().unwrap()
    };
    assert_eq!(of(&listed)["alive"], true);
    time.advance(REPLICA_DEAD_AFTER + Duration::from_secs(1));
    let later = muster.get(&owner, HEALTH).await.expect(200);
    assert_eq!(of(&later)["alive"], false);
    assert_eq!(of(&later)["heartbeat_at"], of(&listed)["heartbeat_at"]);
    muster.end().await;
}

#[tokio::test]
async fn settings_are_shown_and_secrets_are_not() {
    let settings = Settings {
        encryption_keys: Some(Secret::new("11".repeat(32))),
        sandbox_require: Some("strict".to_owned()),
        proxy_trusted_origins: Some(vec!["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()]),
        chat_slots: Some(7),
        ..Settings::default()
    };
    let muster = Harness::with(Clock::system(), settings).await;
    let owner = muster.owner().await;
    let config = muster.get(&owner, CONFIG).await.expect(200);
    assert!(!config.to_string().contains("1111"), "{config}");
    let option = |name: &str| {
        let options = config["options"].as_array().unwrap().iter();
        let mut named = options.filter(|one| one["name"] == name);
        named.next().cloned().unwrap()
    };
    let keys = option("encryption_keys");
    assert_eq!(
        (
            &keys["secret"],
            &keys["set"],
            keys.get("value"),
            keys.get("flag")
        ),
        (&json!(true), &json!(true), None, None)
    );
    assert_eq!(option("database_url")["set"], false);
    assert_eq!(option("sandbox_require")["value"], "strict");
    assert_eq!(option("chat_slots")["flag"], "--chat-slots");
    assert_eq!(option("chat_slots")["env"], "MUSTER_CHAT_SLOTS");
    let proxies = option("proxy_trusted_origins");
    assert_eq!(proxies["value"], "10.0.0.0/8, fd00::/8");
    muster.end().await;
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}/v1", listener.local_addr().unwrap())
}

#[tokio::test]
async fn keys_of_the_environment_and_local_models_are_offered_and_used_only_when_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, nobody) = (address(&listener), address(&closed));
    drop(closed);
    let destination = url.clone();
    let tune = |options: &mut Options| {
        options.config.offers = vec![ProviderConfig {
            kind: ProviderKind::Anthropic,
            api_key: Some(Secret::new("sk-from-the-environment".to_owned())),
            base_url: Some(destination.trim_end_matches("/v1").to_owned()),
            region: None,
        }];
        let place = |name: &str, base_url: &str| LocalModels {
            name: name.to_owned(),
            base_url: base_url.to_owned(),
        };
        options.config.local_models = vec![place("Ollama", &url), place("LM Studio", &nobody)];
    };
    let muster = Harness::tuned(Clock::system(), Settings::default(), tune).await;
    let list = async || Json(json!({"data": [{"id": "tiny"}, {"id": "small"}]}));
    let routes = Router::new().route("/v1/models", get(list));
    muster.serve("models", async move {
        drop(axum::serve(listener, routes).await);
    });
    let owner = muster.owner().await;
    let offers = muster.get(&owner, OFFERS).await.expect(200);
    assert!(!offers.to_string().contains("sk-from"), "{offers}");
    let variable = offers["keys"][0]["variable"].as_str().unwrap();
    assert!(variable.starts_with("ANTHROPIC_"), "{variable}");
    assert_eq!(offers["keys"][0]["provider"], "anthropic");
    assert_eq!(offers["local"].as_array().unwrap().len(), 1, "{offers}");
    assert_eq!(offers["local"][0]["models"], json!(["tiny", "small"]));

    // An offer is nothing yet.
    let catalogue = muster.get(&owner, MODELS).await.expect(200);
    assert_eq!(catalogue["providers"], json!([]));

    let refused = [
        (
            json!({"provider": "openai", "environment_key": true}),
            "environment_key",
        ),
        (
            json!({"provider": "anthropic", "environment_key": true,
                "base_url": "http://elsewhere.example"}),
            "base_url",
        ),
        (
            json!({"provider": "anthropic", "environment_key": true, "api_key": "other"}),
            "api_key",
        ),
    ];
    for (body, field) in refused {
        let answer = muster.post(&owner, PROVIDERS, body).await;
        assert_eq!(answer.fields(), [field], "{}", answer.body);
        answer.expect(400);
    }
    let body = json!({"provider": "anthropic", "environment_key": true});
    let made = muster.post(&owner, PROVIDERS, body).await.expect(201);
    assert_eq!(made["has_api_key"], true);
    assert_eq!(made["source"], "database");
    let offers = muster.get(&owner, OFFERS).await.expect(200);
    assert_eq!(offers["keys"], json!([]));
    muster.end().await;
}

async fn told(muster: &Harness, person: &Person) -> Value {
    let catalogue = muster.get(person, MODELS).await.expect(200);
    catalogue["administrators"].clone()
}

#[tokio::test]
async fn whoever_has_no_model_is_told_whom_to_ask() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    muster.person("auditor", &[Role::Auditor]).await;
    assert_eq!(told(&muster, &ann).await, json!(["owner"]));
    let body = json!({"provider": "openai", "api_key": "sk"});
    muster.post(&owner, PROVIDERS, body).await.expect(201);
    assert_eq!(told(&muster, &ann).await, json!(["owner"]));
    let body = json!({"provider": "openai", "model": "m", "context_limit": 1000});
    let configs = "/api/v2/chats/model-configs";
    muster.post(&owner, configs, body).await.expect(201);
    assert_eq!(told(&muster, &ann).await, Value::Null);
    muster.end().await;
}
