//! Providers and models: administration and catalogue.

use muster_bus::{ConfigKind, Delivery, Event, Topic};
use muster_rbac::{Actor, Purpose, Role};
use muster_store::user_configs::CHAT_CUSTOM_PROMPT;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

const PROVIDERS: &str = "/api/v2/chats/providers";
const CONFIGS: &str = "/api/experimental/chats/model-configs";

async fn config(muster: &Harness, owner: &Person, body: Value) -> String {
    let mut config = json!({"provider": "openai", "model": "m", "context_limit": 1000});
    for (key, value) in body.as_object().unwrap() {
        config[key] = value.clone();
    }
    let made = muster.post(owner, CONFIGS, config).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

/// The default among the configs; fails unless there is exactly one, or none enabled.
async fn default_of(muster: &Harness, owner: &Person) -> Option<String> {
    let configs = muster.get(owner, CONFIGS).await.expect(200);
    let configs = configs.as_array().unwrap();
    let defaults: Vec<_> = configs
        .iter()
        .filter(|one| one["is_default"] == true)
        .collect();
    let enabled = configs.iter().filter(|one| one["enabled"] == true).count();
    assert_eq!(defaults.len(), enabled.min(1), "{configs:?}");
    defaults
        .first()
        .map(|one| one["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn key_of_a_provider_goes_in_and_never_comes_out() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let body = json!({"provider": "openai", "api_key": "sk-very-secret"});
    let made = muster
        .post(&owner, PROVIDERS, body.clone())
        .await
        .expect(201);
    assert_eq!(
        (&made["has_api_key"], &made["source"]),
        (&json!(true), &json!("database"))
    );
    muster.post(&owner, PROVIDERS, body).await.expect(409);
    let listed = muster.get(&owner, PROVIDERS).await.expect(200);
    assert!(!listed.to_string().contains("sk-very-secret"));
    assert_eq!(listed.as_array().unwrap().len(), 8);
    assert_eq!(listed[0]["source"], "supported");

    let path = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
    let kept = json!({"api_key": null, "display_name": "Ours"});
    let kept = muster.patch(&owner, &path, kept).await.expect(200);
    assert_eq!(
        (&kept["has_api_key"], &kept["display_name"]),
        (&json!(true), &json!("Ours"))
    );
    let cleared = muster
        .patch(&owner, &path, json!({"api_key": ""}))
        .await
        .expect(200);
    assert_eq!(cleared["has_api_key"], false);
    muster.end().await;
}

#[tokio::test]
async fn provider_that_models_use_stays() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let made = muster
        .post(&owner, PROVIDERS, json!({"provider": "openai"}))
        .await
        .expect(201);
    let path = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
    let model = config(&muster, &owner, json!({})).await;
    muster.delete(&owner, &path).await.expect(409);
    muster
        .delete(&owner, &format!("{CONFIGS}/{model}"))
        .await
        .expect(204);
    muster.delete(&owner, &path).await.expect(204);
    muster.delete(&owner, &path).await.expect(404);
    muster.end().await;
}

#[tokio::test]
async fn exactly_one_enabled_model_is_the_default() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster
        .post(&owner, PROVIDERS, json!({"provider": "openai"}))
        .await
        .expect(201);
    assert_eq!(default_of(&muster, &owner).await, None);
    let disabled = config(
        &muster,
        &owner,
        json!({"enabled": false, "is_default": true}),
    )
    .await;
    assert_eq!(default_of(&muster, &owner).await, None);
    let first = config(&muster, &owner, json!({})).await;
    assert_eq!(default_of(&muster, &owner).await, Some(first.clone()));
    let second = config(&muster, &owner, json!({})).await;
    assert_eq!(default_of(&muster, &owner).await, Some(first.clone()));

    let change = async |id: &str, body: Value| {
        let path = format!("{CONFIGS}/{id}");
        muster.patch(&owner, &path, body).await.expect(200);
        default_of(&muster, &owner).await
    };
    assert_eq!(
        change(&second, json!({"is_default": true})).await,
        Some(second.clone())
    );
    assert_eq!(
        change(&second, json!({"enabled": false})).await,
        Some(first.clone())
    );
    // Nobody else could take over, so it stays.
    assert_eq!(
        change(&first, json!({"is_default": false})).await,
        Some(first.clone())
    );
    assert_eq!(
        change(&disabled, json!({"enabled": true})).await,
        Some(first.clone())
    );
    muster
        .delete(&owner, &format!("{CONFIGS}/{first}"))
        .await
        .expect(204);
    assert_eq!(default_of(&muster, &owner).await, Some(disabled));
    muster.end().await;
}

#[tokio::test]
async fn each_mistake_in_a_model_is_named_and_nothing_is_written() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster
        .post(&owner, PROVIDERS, json!({"provider": "openai"}))
        .await
        .expect(201);
    let good = json!({"provider": "openai", "model": "m", "context_limit": 1000});
    for (change, fields) in [
        (json!({"provider": "acme"}), vec!["provider"]),
        (json!({"provider": "anthropic"}), vec!["provider"]),
        (
            json!({"context_limit": 0, "model": " "}),
            vec!["model", "context_limit"],
        ),
        (json!({"context_limit": null}), vec!["context_limit"]),
        (
            json!({"compression_threshold": 101}),
            vec!["compression_threshold"],
        ),
        (
            json!({"model_config": {"provider_options": {"openai": {"reasoning_effort": "max"}}}}),
            vec!["model_config.provider_options.openai.reasoning_effort"],
        ),
        (
            json!({"model_config": {"temperature": "warm"}}),
            vec!["model_config.temperature"],
        ),
    ] {
        let mut body = good.clone();
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = muster.post(&owner, CONFIGS, body).await;
        assert_eq!(answer.fields(), fields, "{change}: {}", answer.body);
        answer.expect(400);
    }
    assert_eq!(muster.get(&owner, CONFIGS).await.expect(200), json!([]));
    for (body, field) in [
        (json!({"provider": "acme"}), "provider"),
        (json!({"provider": "azure"}), "base_url"),
        (
            json!({"provider": "vercel", "base_url": "ftp://x"}),
            "base_url",
        ),
        (
            json!({"provider": "vercel", "base_url": "http://me:pw@x"}),
            "base_url",
        ),
    ] {
        let answer = muster.post(&owner, PROVIDERS, body).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    muster.end().await;
}

#[tokio::test]
async fn format_and_options_of_a_model_are_kept_as_they_were_said() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster
        .post(&owner, PROVIDERS, json!({"provider": "openai"}))
        .await
        .expect(201);
    let options = json!({"openai": {"reasoning_summary": "auto", "store": false}});
    let said = json!({"wire_api": "responses", "temperature": 0.5, "provider_options": options});
    let id = config(&muster, &owner, json!({"model_config": said})).await;
    let path = format!("{CONFIGS}/{id}");
    let kept = muster.get(&owner, CONFIGS).await.expect(200);
    assert_eq!(kept[0]["model_config"], said);

    // What stays must fit what changes.
    let chat =
        json!({"model_config": {"wire_api": "chat_completions", "provider_options": options}});
    let field = "model_config.provider_options.openai.reasoning_summary";
    let answer = muster.patch(&owner, &path, chat).await;
    assert_eq!(answer.fields(), [field]);
    answer.expect(400);
    let by_name = json!({"model": "gpt-5", "model_config": {"provider_options": options}});
    muster.patch(&owner, &path, by_name).await.expect(200);
    let answer = muster.patch(&owner, &path, json!({"model": "m"})).await;
    assert_eq!(answer.fields(), [field]);
    answer.expect(400);
    let answer = muster
        .patch(
            &owner,
            &path,
            json!({"model_config": {"wire_api": "smoke"}}),
        )
        .await;
    assert_eq!(answer.fields(), ["model_config.wire_api"]);
    answer.expect(400);
    muster.end().await;
}

#[tokio::test]
async fn schema_of_settings_is_for_those_who_read_the_configuration() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let member = muster.person("ann", &[Role::AgentsAccess]).await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    let path = format!("{CONFIGS}/schema");
    muster.get(&member, &path).await.expect(403);
    let schema = muster.get(&owner, &path).await.expect(200);
    assert_eq!(muster.get(&auditor, &path).await.expect(200), schema);
    let providers = schema["providers"].as_array().unwrap();
    assert_eq!(providers.len(), 8);
    let effort = &providers[0]["options"][0];
    assert_eq!(effort["name"], "effort");
    assert_eq!(effort["choices"], json!(["low", "medium", "high", "max"]));
    assert_eq!(effort["wires"], json!(["messages"]));
    muster.end().await;
}

#[tokio::test]
async fn catalogue_is_for_everybody_and_configuration_is_not() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let member = muster.person("ann", &[Role::AgentsAccess]).await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    let made = muster
        .post(&owner, PROVIDERS, json!({"provider": "openai"}))
        .await
        .expect(201);
    config(&muster, &owner, json!({"display_name": "Best"})).await;
    config(&muster, &owner, json!({"enabled": false})).await;

    let check = async |reason: Value| {
        let catalogue = muster
            .get(&member, "/api/v2/chats/models")
            .await
            .expect(200);
        let provider = &catalogue["providers"][0];
        assert_eq!(provider["unavailable_reason"], reason);
        assert_eq!(provider["models"].as_array().unwrap().len(), 1);
        assert_eq!(provider["models"][0]["id"], "openai:m");
        let model = &provider["models"][0];
        assert_eq!(model["display_name"], "Best");
        assert_eq!(model["compression_threshold"], 70);
        let efforts = json!(["none", "minimal", "low", "medium", "high", "xhigh"]);
        assert_eq!(model["reasoning_efforts"], efforts);
    };
    check(json!("missing_api_key")).await;
    let path = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
    muster
        .patch(&owner, &path, json!({"api_key": "k"}))
        .await
        .expect(200);
    check(Value::Null).await;

    for path in [PROVIDERS, CONFIGS] {
        muster.get(&auditor, path).await.expect(200);
        muster.get(&member, path).await.expect(403);
        muster
            .post(&auditor, path, json!({"provider": "google"}))
            .await;
    }
    muster
        .patch(&auditor, &path, json!({"enabled": false}))
        .await
        .expect(403);
    assert_eq!(
        muster.get(&owner, PROVIDERS).await.expect(200)[3]["source"],
        "supported"
    );
    muster.end().await;
}

#[tokio::test]
async fn each_of_the_seven_changes_that_caches_follow_is_published_once() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let changes = muster.store().bus().subscribe([Topic::ConfigChange]);
    let provider = json!({"provider": "openai", "api_key": "sk-secret"});
    let made = muster.post(&owner, PROVIDERS, provider).await.expect(201);
    let provider = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
    let rename = json!({"display_name": "Ours"});
    muster
        .patch(&owner, &provider, rename.clone())
        .await
        .expect(200);
    let model = config(&muster, &owner, json!({})).await;
    let model = format!("{CONFIGS}/{model}");
    muster.patch(&owner, &model, rename).await.expect(200);
    muster.delete(&owner, &model).await.expect(204);
    muster.delete(&owner, &provider).await.expect(204);
    let setup = Actor::system(Purpose::Setup);
    let prompt = "Be brief.".to_owned();
    let put = muster
        .store()
        .set_user_config(&setup, owner.id, CHAT_CUSTOM_PROMPT, prompt);
    put.await.unwrap();
    let mut told = Vec::new();
    while told.last() != Some(&ConfigKind::UserPrompt) {
        let Delivery::Event(event) = changes.recv().await else {
            panic!("events were lost");
        };
        let Event::ConfigChange { kind, entity_id } = *event else {
            panic!("{event:?}");
        };
        told.push(kind);
        assert!(kind != ConfigKind::UserPrompt || entity_id == owner.id.0);
    }
    let (providers, model) = (ConfigKind::Providers, ConfigKind::ModelConfig);
    let expected = [providers, providers, model, model, model, providers];
    assert_eq!(told[..told.len() - 1], expected);
    muster.end().await;
}

#[tokio::test]
async fn effort_without_a_model_is_asked_of_the_chats_own() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let script = "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"";
    let own = muster.model(&owner, script).await;
    let say = |more: Value| {
        let mut body = json!({"content": [{"type": "text", "text": "hello"}]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let made = muster.post(&owner, "/api/v2/chats", say(json!({}))).await;
    let chat = made.expect(201)["id"].as_str().unwrap().to_owned();
    muster.until(&owner, &chat, "waiting").await;
    let provider = json!({"provider": "anthropic", "api_key": "k"});
    muster.post(&owner, PROVIDERS, provider).await.expect(201);
    let other = json!({
        "provider": "anthropic", "model": "m", "context_limit": 1000, "is_default": true,
    });
    let other = muster.post(&owner, CONFIGS, other).await.expect(201);
    let messages = format!("/api/v2/chats/{chat}/messages");
    let send = |effort: &str| {
        let body = say(json!({"reasoning_effort": effort}));
        muster.post(&owner, &messages, body)
    };
    // The default model offers this, and the chat's does not.
    let refused = send("max").await;
    assert_eq!(refused.fields(), ["reasoning_effort"]);
    refused.expect(400);
    // And the other way round.
    send("xhigh").await.expect(200);
    muster.until(&owner, &chat, "waiting").await;
    for id in [other["id"].as_str().unwrap(), &own] {
        let path = format!("{CONFIGS}/{id}");
        let off = json!({"enabled": false});
        muster.patch(&owner, &path, off).await.expect(200);
    }
    assert_eq!(default_of(&muster, &owner).await, None);
    // The turn says what is wrong then, as it does without an effort.
    send("low").await.expect(200);
    muster.until(&owner, &chat, "error").await;
    muster.end().await;
}
