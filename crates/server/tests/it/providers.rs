//! A provider's key and address are tried before they are saved.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Json;
use axum::routing::get;
use muster_rbac::Role;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Harness, Person};

const PROVIDERS: &str = "/api/experimental/chats/providers";
const KEY: &str = "key-for-tests";

/// A provider that knows one key, whatever header or path it comes in.
async fn start(muster: &Harness) -> String {
    let list = async |headers: HeaderMap| {
        let named = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];
        let mut values = named
            .iter()
            .filter_map(|name| headers.get(*name)?.to_str().ok());
        if values.any(|value| value.trim_start_matches("Bearer ") == KEY) {
            return (StatusCode::OK, Json(json!({"data": [{"id": "m"}]})));
        }
        let error = json!({"error": {"message": "no such key", "type": "authentication_error"}});
        (StatusCode::UNAUTHORIZED, Json(error))
    };
    let page = async || ([("content-type", "text/html")], "<!doctype html>");
    let routes = Router::new()
        .route("/page/{*rest}", get(page))
        .fallback(get(list));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    muster.serve("provider", async move {
        drop(axum::serve(listener, routes).await);
    });
    format!("http://{address}")
}

/// Nothing is stored but what the test has stored itself.
async fn stored(muster: &Harness, owner: &Person) -> Vec<Value> {
    let all = muster.get(owner, PROVIDERS).await.expect(200);
    let all = all.as_array().unwrap().iter();
    all.filter(|one| one["source"] == "database")
        .cloned()
        .collect()
}

#[tokio::test]
async fn wrong_key_is_refused_for_every_provider_and_nothing_is_saved() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let url = start(&muster).await;
    let providers = [
        "anthropic",
        "azure",
        "bedrock",
        "google",
        "openai",
        "openai-compat",
        "openrouter",
        "vercel",
    ];
    for provider in providers {
        let mut body = json!({"provider": provider, "base_url": &url, "api_key": "wrong-key"});
        if provider == "bedrock" {
            body["region"] = json!("us-east-1");
        }
        let answer = muster.post(&owner, PROVIDERS, body.clone()).await;
        assert_eq!(answer.fields(), ["api_key"], "{provider}: {}", answer.body);
        assert!(!answer.body.to_string().contains("wrong-key"));
        answer.expect(400);
        assert_eq!(stored(&muster, &owner).await, Vec::<Value>::new());
        body["api_key"] = json!(KEY);
        let made = muster.post(&owner, PROVIDERS, body).await.expect(201);
        assert_eq!(made["has_api_key"], true);
        let path = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
        muster.delete(&owner, &path).await.expect(204);
    }
    muster.end().await;
}

#[tokio::test]
async fn address_that_does_not_answer_like_a_provider_is_refused() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let url = start(&muster).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    for base_url in [nobody, format!("{url}/page")] {
        let body = json!({"provider": "openai", "base_url": base_url, "api_key": KEY});
        let answer = muster.post(&owner, PROVIDERS, body).await;
        assert_eq!(answer.fields(), ["base_url"], "{}", answer.body);
        answer.expect(400);
    }
    // A server of one's own needs no key, but it must be there.
    let body = json!({"provider": "openai-compat", "base_url": format!("{url}/page")});
    let answer = muster.post(&owner, PROVIDERS, body).await;
    assert_eq!(answer.fields(), ["base_url"]);
    answer.expect(400);
    assert_eq!(stored(&muster, &owner).await, Vec::<Value>::new());
    muster.end().await;
}

#[tokio::test]
async fn change_is_tried_with_what_is_kept() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let url = start(&muster).await;
    let body = json!({"provider": "openai", "base_url": &url, "api_key": KEY});
    let made = muster.post(&owner, PROVIDERS, body).await.expect(201);
    let path = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
    let refused = [
        (json!({"api_key": "wrong-key"}), "api_key"),
        (json!({"base_url": format!("{url}/page")}), "base_url"),
        (json!({"region": "us-east-1"}), "region"),
    ];
    for (change, field) in refused {
        let answer = muster.patch(&owner, &path, change).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    // Another server has not been given the key, and does not get it by a change of address.
    let port = url.rsplit_once(':').unwrap().1;
    for elsewhere in [
        start(&muster).await,
        format!("http://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
        String::new(),
    ] {
        let answer = muster
            .patch(&owner, &path, json!({"base_url": elsewhere}))
            .await;
        assert_eq!(answer.fields(), ["api_key"], "{elsewhere}: {}", answer.body);
        answer.expect(400);
    }
    let other = start(&muster).await;
    let moved = json!({"base_url": other, "api_key": KEY});
    let moved = muster.patch(&owner, &path, moved).await.expect(200);
    assert_eq!(moved["base_url"], other);
    let back = json!({"base_url": url, "api_key": KEY});
    muster.patch(&owner, &path, back).await.expect(200);
    // The stored key is tried at the new address of the same server.
    let moved = json!({"base_url": format!("{url}/elsewhere"), "display_name": "Ours"});
    let moved = muster.patch(&owner, &path, moved).await.expect(200);
    assert_eq!(moved["base_url"], format!("{url}/elsewhere"));
    // What is not about reaching the provider is not tried, and clearing is no key.
    muster
        .patch(&owner, &path, json!({"enabled": false}))
        .await
        .expect(200);
    let cleared = muster
        .patch(&owner, &path, json!({"api_key": ""}))
        .await
        .expect(200);
    assert_eq!(cleared["has_api_key"], false);
    muster.end().await;
}

#[tokio::test]
async fn region_belongs_to_bedrock_and_is_kept() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let url = start(&muster).await;
    let bedrock = json!({"provider": "bedrock", "base_url": &url, "api_key": KEY});
    let with = |region: &str| {
        let mut body = bedrock.clone();
        body["region"] = json!(region);
        body
    };
    let long = "a".repeat(33);
    for (body, field) in [
        (bedrock.clone(), "region"),
        (with("evil.example/"), "region"),
        (with("US-EAST-1"), "region"),
        (with(&long), "region"),
        (
            json!({"provider": "openai", "region": "us-east-1"}),
            "region",
        ),
    ] {
        let answer = muster.post(&owner, PROVIDERS, body).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    let made = muster.post(&owner, PROVIDERS, with("eu-central-1")).await;
    let made = made.expect(201);
    assert_eq!(made["region"], "eu-central-1");
    let path = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
    let moved = muster
        .patch(&owner, &path, json!({"region": "us-west-2"}))
        .await;
    assert_eq!(moved.expect(200)["region"], "us-west-2");
    let cleared = muster.patch(&owner, &path, json!({"region": ""})).await;
    assert_eq!(cleared.fields(), ["region"]);
    muster.end().await;
}

#[tokio::test]
async fn whoever_may_not_save_a_provider_can_not_have_it_asked() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    let member = muster.person("ann", &[Role::AgentsAccess]).await;
    let url = start(&muster).await;
    let body = json!({"provider": "openai", "base_url": format!("{url}/page"), "api_key": KEY});
    for person in [&auditor, &member] {
        // Asking would have been answered with 400.
        muster
            .post(person, PROVIDERS, body.clone())
            .await
            .expect(403);
    }
    let good = json!({"provider": "openai", "base_url": &url, "api_key": KEY});
    let made = muster.post(&owner, PROVIDERS, good).await.expect(201);
    let path = format!("{PROVIDERS}/{}", made["id"].as_str().unwrap());
    for person in [&auditor, &member] {
        let change = json!({"base_url": format!("{url}/page")});
        muster.patch(person, &path, change).await.expect(403);
    }
    muster.post(&owner, PROVIDERS, body).await.expect(409);
    muster.end().await;
}
