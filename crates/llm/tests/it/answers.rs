//! Good answers over a socket, and the requests that asked for them.

use futures_util::StreamExt;
use muster_base::{ChatId, Clock, UserId, WorkspaceId};
use muster_llm::{
    Attribution, FailureKind, FinishReason, Part, ProviderConfig, ProviderKind, Request,
    ResponseSchema,
};

use crate::server::{Act, Server, answer, collect, config, generate, in_time, request, stream};

const ANTHROPIC_TEXT: &str = include_str!("../fixtures/anthropic/text.sse");
const OPENAI_TEXT: &str = include_str!("../fixtures/openai/text.sse");
const GEMINI_TEXT: &str = include_str!("../fixtures/gemini/text.sse");
const ANTHROPIC_WHOLE: &str = include_str!("../fixtures/anthropic/whole.json");
const OPENAI_WHOLE: &str = include_str!("../fixtures/openai/whole.json");
const JSON: &str = "content-type: application/json\r\n";

/// Method line and headers of a captured request, without those that belong to the socket.
fn head(request: &str) -> Vec<&str> {
    let head = request.split("\r\n\r\n").next().unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    lines.retain(|line| !line.starts_with("host: ") && !line.starts_with("content-length: "));
    lines[1..].sort_unstable();
    lines
}

async fn captured(kind: ProviderKind, path: &str, body: &str, request: Request) -> String {
    let mut server = Server::start(vec![vec![stream(body)]]).await;
    let base_url = format!("{}{path}", server.address);
    let model = config(kind, &base_url).connect(&Clock::system()).unwrap();
    let (parts, ended) = in_time(collect(&*model, request)).await;
    assert!(matches!(ended, Ok(())), "{ended:?}");
    assert!(!parts.is_empty());
    server.request().await
}

#[tokio::test]
async fn an_anthropic_request_has_the_headers_of_the_sdk() {
    let sent = captured(ProviderKind::Anthropic, "", ANTHROPIC_TEXT, request()).await;
    let agent = format!(
        "user-agent: coder-agents/{} (muster)",
        env!("CARGO_PKG_VERSION")
    );
    let expected = [
        "POST /v1/messages HTTP/1.1",
        "accept: application/json",
        "anthropic-version: 2023-06-01",
        "content-type: application/json",
        &agent,
        "x-api-key: key-for-tests",
    ];
    assert_eq!(head(&sent), expected);
}

#[tokio::test]
async fn an_openai_request_has_the_headers_of_the_sdk_and_keeps_the_base_path() {
    for kind in [ProviderKind::Openai, ProviderKind::OpenaiCompat] {
        let sent = captured(kind, "/s/demo/v1/", OPENAI_TEXT, request()).await;
        let agent = format!(
            "user-agent: coder-agents/{} (muster)",
            env!("CARGO_PKG_VERSION")
        );
        let expected = [
            "POST /s/demo/v1/chat/completions HTTP/1.1",
            "accept: application/json",
            "authorization: Bearer key-for-tests",
            "content-type: application/json",
            &agent,
        ];
        assert_eq!(head(&sent), expected);
    }
}

#[tokio::test]
async fn a_gemini_request_names_model_and_method_in_its_path() {
    let sent = captured(ProviderKind::Google, "/proxy/", GEMINI_TEXT, request()).await;
    let agent = format!(
        "user-agent: coder-agents/{} (muster)",
        env!("CARGO_PKG_VERSION")
    );
    let expected = [
        "POST /proxy/v1beta/models/model-1:streamGenerateContent?alt=sse HTTP/1.1",
        "accept: application/json",
        "content-type: application/json",
        &agent,
        "x-goog-api-key: key-for-tests",
    ];
    assert_eq!(head(&sent), expected);
}

#[tokio::test]
async fn the_pages_of_a_list_are_put_together() {
    let first = r#"{"models":[{"name":"models/gemini-3-pro","supportedGenerationMethods":["generateContent"]},
        {"name":"models/embed","supportedGenerationMethods":["embedContent"]}],"nextPageToken":"a/b"}"#;
    let last = r#"{"models":[{"name":"tunedModels/mine"}]}"#;
    let scripts = [first, last].map(|body| vec![answer("200 OK", JSON, body)]);
    let mut server = Server::start(scripts.to_vec()).await;
    let config = config(ProviderKind::Google, &server.address);
    let names = in_time(config.models(&Clock::system())).await.unwrap();
    assert_eq!(names, ["gemini-3-pro", "tunedModels/mine"]);
    for query in ["pageSize=1000", "pageSize=1000&pageToken=a%2Fb"] {
        let sent = server.request().await;
        let line = format!("GET /v1beta/models?{query} HTTP/1.1");
        assert_eq!(head(&sent)[0], line);
    }
}

#[tokio::test]
async fn attribution_names_root_child_and_workspace() {
    let clock = Clock::system();
    let root = Attribution {
        owner: UserId::new(&clock),
        chat: ChatId::new(&clock),
        parent: None,
        workspace: None,
    };
    let child = Attribution {
        chat: ChatId::new(&clock),
        parent: Some(root.chat),
        workspace: Some(WorkspaceId::new(&clock)),
        ..root
    };
    for kind in [
        ProviderKind::Anthropic,
        ProviderKind::Openai,
        ProviderKind::OpenaiCompat,
    ] {
        let body = if kind == ProviderKind::Anthropic {
            ANTHROPIC_TEXT
        } else {
            OPENAI_TEXT
        };
        for attribution in [root, child] {
            let request = Request {
                attribution: Some(attribution),
                ..request()
            };
            let sent = captured(kind, "", body, request).await;
            let sent: Vec<&str> = head(&sent)
                .into_iter()
                .filter(|line| line.starts_with("x-coder-"))
                .collect();
            let mut expected = vec![
                format!("x-coder-chat-id: {}", root.chat),
                format!("x-coder-owner-id: {}", root.owner),
            ];
            if let Some(workspace) = attribution.workspace {
                expected.push(format!("x-coder-subchat-id: {}", child.chat));
                expected.push(format!("x-coder-workspace-id: {workspace}"));
            }
            assert_eq!(sent, expected, "{kind}");
        }
    }
}

#[tokio::test]
async fn a_server_that_answers_in_one_piece_is_understood() {
    for (kind, body) in [
        (ProviderKind::Anthropic, ANTHROPIC_WHOLE),
        (ProviderKind::Openai, OPENAI_WHOLE),
    ] {
        let response = generate(kind, vec![answer("200 OK", JSON, body)])
            .await
            .unwrap();
        assert_eq!(response.finish.reason, FinishReason::ToolCalls);
        assert!(
            matches!(response.parts.last(), Some(Part::ToolCall(_))),
            "{kind}"
        );
    }
}

fn text_answer(text: &str) -> String {
    let chunk = serde_json::json!({ "choices": [{ "delta": { "content": text } }] });
    format!("data: {chunk}\n\ndata: [DONE]\n\n")
}

#[tokio::test]
async fn a_structured_answer_is_json_or_a_failure() {
    let scripts = [r#"{"title":"Hello"}"#, "Sure! Here it is"];
    let scripts = scripts
        .map(|text| vec![stream(&text_answer(text))])
        .to_vec();
    let server = Server::start(scripts).await;
    let model = config(ProviderKind::Openai, &server.address)
        .connect(&Clock::system())
        .unwrap();
    let schema = ResponseSchema {
        name: "t".to_owned(),
        schema: serde_json::json!({}),
    };
    let object = in_time(model.generate_object(request(), schema.clone()))
        .await
        .unwrap();
    assert_eq!(object.value["title"], "Hello");
    let failure = in_time(model.generate_object(request(), schema))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::Generic, true)
    );
}

#[tokio::test]
async fn dropping_the_stream_drops_the_connection() {
    let half = ANTHROPIC_TEXT
        .split("event: content_block_stop")
        .next()
        .unwrap();
    let mut server = Server::start(vec![vec![stream(half), Act::Hold]]).await;
    let model = config(ProviderKind::Anthropic, &server.address)
        .connect(&Clock::system())
        .unwrap();
    let mut events = model.stream(request());
    assert!(in_time(events.next()).await.unwrap().is_ok());
    drop(events);
    in_time(server.client_gone()).await;
}

#[tokio::test]
async fn a_complete_answer_leaves_its_connection_usable() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked";
    let length = ANTHROPIC_TEXT.len();
    let bytes = format!("{head}\r\n\r\n{length:x}\r\n{ANTHROPIC_TEXT}\r\n0\r\n\r\n");
    let answer = Act::Send(bytes.into_bytes());
    // A second connection would find nobody who accepts it.
    let mut server = Server::start(vec![vec![answer.clone(), Act::Again, answer]]).await;
    let model = config(ProviderKind::Anthropic, &server.address)
        .connect(&Clock::system())
        .unwrap();
    for _ in 0..2 {
        in_time(model.generate(request())).await.unwrap();
        server.request().await;
    }
}

fn refused(config: &ProviderConfig) -> FailureKind {
    let Err(failure) = config.connect(&Clock::system()) else {
        panic!("{config:?} connects")
    };
    assert!(!failure.retryable);
    failure.kind
}

#[test]
fn a_configuration_that_cannot_work_is_refused_without_a_request() {
    let mut config = config(ProviderKind::Anthropic, "  ");
    assert!(
        config.connect(&Clock::system()).is_ok(),
        "a blank base URL is the default"
    );
    for url in ["not a url", "ftp://host", "file:///etc/passwd"] {
        config.base_url = Some(url.to_owned());
        assert_eq!(refused(&config), FailureKind::ProviderDisabled, "{url}");
    }
    config.base_url = None;
    config.api_key = Some("line\nbreak".to_owned().into());
    assert_eq!(refused(&config), FailureKind::Auth);
    for key in [None, Some(" ".to_owned().into())] {
        config.api_key = key;
        config.kind = ProviderKind::Openai;
        assert_eq!(refused(&config), FailureKind::MissingKey);
        config.kind = ProviderKind::OpenaiCompat;
        assert_eq!(
            refused(&config),
            FailureKind::ProviderDisabled,
            "it has no default address"
        );
    }
    config.base_url = Some("http://127.0.0.1:1/v1".to_owned());
    assert!(
        config.connect(&Clock::system()).is_ok(),
        "a local server may need no key"
    );
}

#[tokio::test]
async fn the_list_of_models_proves_address_and_key() {
    let list = r#"{"data":[{"id":"model-1","type":"model"},{"id":"model-2"}],"has_more":false}"#;
    for (kind, line) in [
        (
            ProviderKind::Anthropic,
            "GET /v1/models?limit=1000 HTTP/1.1",
        ),
        (ProviderKind::Openai, "GET /models HTTP/1.1"),
    ] {
        let refusal = answer("401 Unauthorized", JSON, "{\"error\":{\"message\":\"no\"}}");
        let scripts = vec![
            vec![answer("200 OK", JSON, list)],
            vec![refusal],
            vec![stream("")],
        ];
        let mut server = Server::start(scripts).await;
        let config = config(kind, &server.address);
        let clock = Clock::system();
        assert_eq!(
            in_time(config.models(&clock)).await.unwrap(),
            ["model-1", "model-2"]
        );
        assert_eq!(head(&server.request().await)[0], line);
        let wrong_key = in_time(config.models(&clock)).await.unwrap_err();
        assert_eq!(
            (wrong_key.kind, wrong_key.status_code),
            (FailureKind::Auth, Some(401))
        );
        let no_list = in_time(config.models(&clock)).await.unwrap_err();
        assert_eq!(no_list.kind, FailureKind::Timeout);
    }
}
