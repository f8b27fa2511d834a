//! How a request names its script, and what the admin routes show.

use muster_base::Clock;
use muster_scripted_llm::{Options, Script};
use serde_json::{Value, json};

use crate::fixture::Fixture;

fn script(name: &str) -> Script {
    let text = format!("name = '{name}'\n[[on]]\nreply.text = '{name} {{{{who}}}}'\n");
    Script::parse(&text).unwrap()
}

async fn said(fixture: &Fixture, path: &str, model: &str, text: &str) -> String {
    let body = json!({"model": model, "messages": [{"role": "user", "content": text}]});
    let answer: Value = fixture.post(path, &body).await.json().await.unwrap();
    answer["choices"][0]["message"]["content"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn script_comes_from_path_model_or_directive() {
    let fixture = Fixture::with(
        "[[on]]\nreply.text = 'default'\n",
        |options: &mut Options| {
            options.scripts.push(script("one"));
            options.directives = true;
        },
    )
    .await;
    let path = "/v1/chat/completions";
    assert_eq!(said(&fixture, path, "m", "x").await, "default");
    assert_eq!(said(&fixture, path, "script:one", "x").await, "one {{who}}");
    assert_eq!(
        said(&fixture, "/s/one,who=me/v1/chat/completions", "m", "x").await,
        "one me"
    );
    assert_eq!(
        said(&fixture, path, "m", "do [[script one who=you]]").await,
        "one you"
    );
}

#[tokio::test]
async fn captured_requests_hide_credentials() {
    let fixture = Fixture::with("[[on]]\nreply.text = 'x'\n", |options| {
        options.capture = true;
    })
    .await;
    let _answer = said(&fixture, "/v1/chat/completions", "m", "hello").await;
    let captured = fixture.model.requests(0);
    assert_eq!(captured.len(), 1);
    assert_eq!(captured[0].body["messages"][0]["content"], "hello");
    assert!(fixture.model.requests(1).is_empty());
}

#[tokio::test]
async fn missing_attribution_is_refused_where_it_is_demanded() {
    let fixture = Fixture::with("[[on]]\nreply.text = 'x'\n", |options| {
        *options = Options {
            attribution: true,
            ..Options::new(script("x"), Clock::system())
        };
    })
    .await;
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "x"}]});
    assert!(
        fixture
            .refused("/v1/chat/completions", &body)
            .await
            .contains("x-coder-owner-id")
    );
}
