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

#[tokio::test]
async fn header_names_a_script_before_the_path() {
    let fixture = Fixture::with("[[on]]\nreply.text = 'default'\n", |options| {
        options.scripts.extend([script("one"), script("two")]);
    })
    .await;
    let body = json!({"model": "script:one", "messages": [{"role": "user", "content": "x"}]});
    let request = fixture.request("POST", "/s/one/v1/chat/completions");
    let request = request.header("x-scripted-script", "two,who=them");
    let answer: Value = request
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "two them");
    let unknown = json!({"model": "script:none", "messages": body["messages"]});
    assert_eq!(
        fixture
            .post("/v1/chat/completions", &unknown)
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn admin_routes_change_scripts_and_show_what_happened() {
    let fixture = Fixture::new("[[on]]\nreply.text = 'old'\n").await;
    let put = |body: Value| fixture.request("PUT", "/admin/config").json(&body).send();
    let broken = put(json!({"scripts": ["name = 'x'\n[[on]]\nuser = '('\n"]}))
        .await
        .unwrap();
    assert_eq!(broken.status(), 400);
    let text = broken.text().await.unwrap();
    assert!(text.contains("script line 2"), "{text}");
    let new = "name = 'new'\n[[on]]\nreply.text = 'new'\n";
    let change = json!({"scripts": [new], "capture": true, "cache_prefix": true});
    assert_eq!(put(change).await.unwrap().status(), 204);
    assert_eq!(
        said(&fixture, "/v1/chat/completions", "m", "x").await,
        "new"
    );
    let get = async |path: &str| -> Value {
        let answer = fixture.request("GET", path).send().await.unwrap();
        answer.json().await.unwrap()
    };
    assert_eq!(get("/admin/config").await["scripts"], json!(["new"]));
    assert_eq!(get("/admin/stats").await["requests"], 1);
    assert_eq!(
        get("/admin/requests?since=0").await[0]["body"]["model"],
        "m"
    );
    assert_eq!(get("/admin/requests?since=1").await, json!([]));
    let reset = fixture
        .request("POST", "/admin/reset")
        .send()
        .await
        .unwrap();
    assert_eq!(reset.status(), 204);
    assert_eq!(get("/admin/stats").await["requests"], 0);
}

#[tokio::test]
async fn admin_routes_ask_for_the_token_once_there_is_one() {
    let fixture = Fixture::with("[[on]]\nreply.text = 'x'\n", |options| {
        options.admin_token = Some("open sesame".to_owned().into());
    })
    .await;
    let stats = || fixture.request("GET", "/admin/stats");
    assert_eq!(stats().send().await.unwrap().status(), 403);
    assert_eq!(
        stats().bearer_auth("guess").send().await.unwrap().status(),
        403
    );
    assert_eq!(
        stats()
            .bearer_auth("open sesame")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn stamps_frame_the_text_and_leave_the_rest_alone() {
    let rules = "pace = { chunk_chars = 2 }\n[[on]]\nreply.text = 'hello'\n";
    let fixture = Fixture::with(rules, |options| options.stamps = true).await;
    let text = said(&fixture, "/v1/chat/completions", "m", "x").await;
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let (head, rest) = text.strip_prefix("@@r=").unwrap().split_once("@@").unwrap();
    let (received, first) = head.split_once(",f=").unwrap();
    let (said, end) = rest.split_once("@@e=").unwrap();
    let end = end.strip_suffix("@@").unwrap();
    assert_eq!(said, "hello");
    assert!([received, first, end].into_iter().all(digits), "{text}");
    assert!(
        received <= first && first <= end && received > "1",
        "{text}"
    );
    let body = json!({"model": "m", "stream": true,
                      "messages": [{"role": "user", "content": "x"}]});
    let stream = fixture
        .post("/v1/chat/completions", &body)
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(stream.matches("@@").count(), 4, "{stream}");
    assert!(
        !stream.contains("@@r=0") && !stream.contains("@@e=0"),
        "{stream}"
    );
}

#[tokio::test]
async fn models_and_tokens_can_be_asked_for() {
    let fixture = Fixture::new("[[on]]\nreply.text = 'x'\n").await;
    let models = fixture.request("GET", "/v1/models").send().await.unwrap();
    let models: Value = models.json().await.unwrap();
    assert_eq!(models["data"][1]["id"], "script:test");
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "x".repeat(400)}]});
    let count = fixture.post("/v1/messages/count_tokens", &body).await;
    let count: Value = count.json().await.unwrap();
    assert_eq!(count["input_tokens"], body.to_string().len() / 4);
}
