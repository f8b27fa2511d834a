//! Every provider over a socket: address, proof of identity, attribution; Bedrock's framing;
//! how a configuration is proven.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use muster_base::{ChatId, Clock, Secret, UserId, WorkspaceId};
use muster_llm::{Attribution, FailureKind, Part, ProviderConfig, ProviderKind, Request};
use serde_json::{Value, json};

use crate::server::{Act, Server, answer, collect, config, in_time, request};

const JSON: &str = "content-type: application/json\r\n";

fn for_kind(kind: ProviderKind, base_url: &str) -> ProviderConfig {
    ProviderConfig {
        region: (kind == ProviderKind::Bedrock).then(|| "us-east-1".to_owned()),
        ..config(kind, base_url)
    }
}

/// What the provider is sent; that it refuses does not matter.
async fn sent(config: ProviderConfig, mut server: Server, request: Request) -> String {
    let model = config.connect(&Clock::system()).unwrap();
    let (_, ended) = in_time(collect(&*model, request)).await;
    assert!(ended.is_err());
    server.request().await
}

async fn refusing() -> Server {
    Server::start(vec![vec![answer("418 No", JSON, "{}")]]).await
}

fn lines<'a>(request: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let head = request.split("\r\n\r\n").next().unwrap();
    head.lines().filter(move |line| line.starts_with(prefix))
}

#[tokio::test]
async fn every_provider_has_its_address_and_its_proof() {
    use ProviderKind::{Anthropic, Azure, Bedrock, Google, OpenaiCompat, Openrouter, Vercel};
    let bearer = "authorization: Bearer key-for-tests";
    let model = "/v1beta/models/model-1:streamGenerateContent?alt=sse";
    let expected = [
        (Anthropic, "", "/v1/messages", "x-api-key: key-for-tests"),
        (
            Azure,
            "/openai/deployments/main",
            "/openai/deployments/main/chat/completions?api-version=2025-04-01-preview",
            "api-key: key-for-tests",
        ),
        (
            Azure,
            "/openai/v1/?api-version=preview",
            "/openai/v1/chat/completions?api-version=preview",
            "api-key: key-for-tests",
        ),
        (
            Bedrock,
            "",
            "/model/model-1/invoke-with-response-stream",
            bearer,
        ),
        (Google, "", model, "x-goog-api-key: key-for-tests"),
        (ProviderKind::Openai, "/v1", "/v1/chat/completions", bearer),
        (OpenaiCompat, "/v1", "/v1/chat/completions", bearer),
        (Openrouter, "/api/v1", "/api/v1/chat/completions", bearer),
        (Vercel, "/v1", "/v1/chat/completions", bearer),
    ];
    for (kind, base, path, proof) in expected {
        let server = refusing().await;
        let config = for_kind(kind, &format!("{}{base}", server.address));
        let sent = sent(config, server, request()).await;
        assert!(
            sent.starts_with(&format!("POST {path} HTTP/1.1")),
            "{kind}: {sent}"
        );
        assert_eq!(lines(&sent, proof).count(), 1, "{kind}: {sent}");
    }
}

#[tokio::test]
async fn every_provider_is_told_whose_request_it_is() {
    let clock = Clock::system();
    let root = Attribution {
        owner: UserId::new(&clock),
        chat: ChatId::new(&clock),
        parent: None,
        workspace: None,
    };
    let bound = Attribution {
        workspace: Some(WorkspaceId::new(&clock)),
        ..root
    };
    let child = Attribution {
        chat: ChatId::new(&clock),
        parent: Some(root.chat),
        ..bound
    };
    let agent = format!(
        "user-agent: coder-agents/{} (muster)",
        env!("CARGO_PKG_VERSION")
    );
    for kind in ProviderKind::ALL {
        for attribution in [root, bound, child] {
            let server = refusing().await;
            let config = for_kind(kind, &server.address);
            let request = Request {
                attribution: Some(attribution),
                ..request()
            };
            let sent = sent(config, server, request).await;
            let mut expected = vec![
                format!("x-coder-chat-id: {}", root.chat),
                format!("x-coder-owner-id: {}", root.owner),
            ];
            if attribution.parent.is_some() {
                expected.push(format!("x-coder-subchat-id: {}", child.chat));
            }
            let workspace = attribution.workspace;
            expected.extend(workspace.map(|id| format!("x-coder-workspace-id: {id}")));
            let mut told: Vec<&str> = lines(&sent, "x-coder-").collect();
            told.sort_unstable();
            assert_eq!(told, expected, "{kind}");
            assert_eq!(lines(&sent, &agent).count(), 1, "{kind}");
        }
    }
}

#[tokio::test]
async fn an_access_key_pair_signs_and_is_never_sent() {
    let server = refusing().await;
    let config = ProviderConfig {
        api_key: Some(Secret::new(
            "AKIDEXAMPLE:very/secret+key:session-token".to_owned(),
        )),
        ..for_kind(ProviderKind::Bedrock, &server.address)
    };
    let host = server.address.strip_prefix("http://").unwrap().to_owned();
    let sent = sent(config, server, request()).await;
    assert!(!sent.contains("very/secret+key"), "{sent}");
    assert_eq!(
        lines(&sent, "x-amz-security-token: session-token").count(),
        1
    );
    assert_eq!(lines(&sent, "x-amz-date: 20").count(), 1);
    assert_eq!(lines(&sent, &format!("host: {host}")).count(), 1);
    let signed = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=";
    let authorization = lines(&sent, "authorization: ").next().unwrap();
    assert!(
        authorization.contains("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        "{sent}"
    );
    assert!(
        authorization.contains("/us-east-1/bedrock/aws4_request, "),
        "{sent}"
    );
    assert!(authorization.contains(signed), "{sent}");
}

/// CRC-32, bit by bit: another way than the one under test.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    })
}

/// One event-stream message.
fn frame(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(u8::try_from(name.len()).unwrap());
        block.extend(name.as_bytes());
        block.push(7);
        block.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        block.extend(value.as_bytes());
    }
    let total = u32::try_from(16 + block.len() + payload.len()).unwrap();
    let mut bytes = total.to_be_bytes().to_vec();
    bytes.extend(u32::try_from(block.len()).unwrap().to_be_bytes());
    bytes.extend(crc(&bytes).to_be_bytes());
    bytes.extend(block);
    bytes.extend(payload.as_bytes());
    bytes.extend(crc(&bytes).to_be_bytes());
    bytes
}

fn chunk(event: &Value) -> Vec<u8> {
    let headers = [
        (":event-type", "chunk"),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    let bytes = STANDARD.encode(event.to_string());
    frame(&headers, &json!({ "bytes": bytes }).to_string())
}

fn events() -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 4}}}),
        json!({"type": "content_block_start", "index": 0,
               "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0,
               "delta": {"type": "text_delta", "text": "Hello"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
               "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ]
}

/// Asks a Bedrock that streams these messages, in two writes cut at `cut`.
async fn ask_bedrock(body: &[u8], cut: usize) -> (Vec<Part>, Result<(), muster_llm::Failure>) {
    let head = "content-type: application/vnd.amazon.eventstream\r\n";
    let (first, second) = body.split_at(cut);
    let script = vec![
        answer("200 OK", head, ""),
        Act::Send(first.to_vec()),
        Act::Send(second.to_vec()),
    ];
    let server = Server::start(vec![script]).await;
    let config = for_kind(ProviderKind::Bedrock, &server.address);
    let model = config.connect(&Clock::system()).unwrap();
    in_time(collect(&*model, request())).await
}

#[tokio::test]
async fn bedrock_streams_in_its_own_framing() {
    let body: Vec<u8> = events().iter().flat_map(chunk).collect();
    for cut in [1, 13, 100, body.len() - 1] {
        let (parts, ended) = ask_bedrock(&body, cut).await;
        assert_eq!(ended, Ok(()));
        assert!(
            matches!(&parts[..], [Part::Text(text)] if text.text == "Hello"),
            "{parts:?}"
        );
    }
}

#[tokio::test]
async fn bedrock_fails_in_its_own_framing() {
    let start: Vec<u8> = events().iter().take(3).flat_map(chunk).collect();
    let check = async |end: &[u8], kind: FailureKind, retryable: bool| {
        let body = [&start[..], end].concat();
        let (parts, ended) = ask_bedrock(&body, 5).await;
        let failure = ended.unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable),
            (kind, retryable),
            "{failure:?}"
        );
        assert_eq!(parts.len(), 1);
    };
    let exception = [
        (":message-type", "exception"),
        (":exception-type", "throttlingException"),
    ];
    let slow = frame(&exception, "{\"message\":\"too much\"}");
    check(&slow, FailureKind::RateLimit, true).await;
    // Cut between messages, in one, and damaged.
    check(b"", FailureKind::Timeout, true).await;
    check(&slow[..20], FailureKind::Timeout, true).await;
    check(&[0x55; 32], FailureKind::Timeout, true).await;
}

/// How a provider that answers `answers` in turn judges a configuration.
async fn proof(kind: ProviderKind, answers: &[(&str, &str)]) -> (Result<(), FailureKind>, String) {
    let scripts = answers
        .iter()
        .map(|(status, body)| vec![answer(status, JSON, body)]);
    let mut server = Server::start(scripts.collect()).await;
    let config = for_kind(kind, &format!("{}/v1", server.address));
    let proven = in_time(config.prove(&Clock::system())).await;
    let mut asked = String::new();
    for _ in answers {
        let request = server.request().await;
        asked.push_str(request.split(" HTTP/1.1").next().unwrap());
        asked.push('\n');
    }
    (proven.map_err(|failure| failure.kind), asked)
}

#[tokio::test]
async fn configurations_are_proven_by_what_only_a_right_key_is_told() {
    use ProviderKind::{Anthropic, Azure, Bedrock, Openai, OpenaiCompat, Openrouter, Vercel};
    let list = ("200 OK", "{\"data\":[]}");
    let wrong = ("401 No", "{\"error\":{\"message\":\"invalid api key\"}}");
    let missing = ("404 No", "{}");
    let expected = [
        (Anthropic, "GET /v1/v1/models?limit=1000\n"),
        (Azure, "GET /v1/models\n"),
        (Bedrock, "GET /v1/foundation-models?byProvider=Anthropic\n"),
        (Openai, "GET /v1/models\n"),
        (OpenaiCompat, "GET /v1/models\n"),
        // Anybody may see their lists of models.
        (Openrouter, "GET /v1/key\n"),
        (Vercel, "GET /v1/credits\n"),
    ];
    for (kind, asked) in expected {
        assert_eq!(
            proof(kind, &[list]).await,
            (Ok(()), asked.to_owned()),
            "{kind}"
        );
        let refused = proof(kind, &[wrong]).await;
        assert_eq!(
            refused,
            (Err(FailureKind::Auth), asked.to_owned()),
            "{kind}"
        );
    }
    let (proven, asked) = proof(Vercel, &[missing, list]).await;
    assert_eq!(
        (proven, asked.as_str()),
        (Ok(()), "GET /v1/credits\nGET /v1/models\n")
    );
    let (proven, _) = proof(Openai, &[("200 OK", "<!doctype html>")]).await;
    assert_eq!(proven, Err(FailureKind::Timeout));
}

#[tokio::test]
async fn keys_that_may_not_list_and_servers_without_a_list_are_right() {
    use ProviderKind::{Anthropic, Bedrock, Google, Openai, OpenaiCompat, Openrouter};
    let forbidden = "{\"message\":\"User: x is not authorized to perform: \
                     bedrock:ListFoundationModels\"}";
    let (proven, _) = proof(Bedrock, &[("403 No", forbidden)]).await;
    assert_eq!(proven, Ok(()));
    let unknown = "{\"message\":\"The security token included in the request is invalid.\"}";
    let (proven, _) = proof(Bedrock, &[("403 No", unknown)]).await;
    assert_eq!(proven, Err(FailureKind::Auth));

    let restricted = "{\"error\":{\"message\":\"You have insufficient permissions for this \
                      operation. Missing scopes: api.model.read.\"}}";
    for (kind, status, expected) in [
        (Openai, "401 No", Ok(())),
        (Openai, "403 No", Ok(())),
        (Openai, "400 No", Err(FailureKind::Config)),
        // Nobody else says this of a key that is right.
        (OpenaiCompat, "401 No", Err(FailureKind::Auth)),
    ] {
        let (proven, _) = proof(kind, &[(status, restricted)]).await;
        assert_eq!(proven, expected, "{kind} {status}");
    }

    let missing = ("404 No", "{}");
    let check = async |kind, second: (&str, &str), expected| {
        let (list, chat) = if kind == Anthropic {
            ("/v1/v1/models?limit=1000", "/v1/v1/messages")
        } else {
            ("/v1/models", "/v1/chat/completions")
        };
        for status in ["404 No", "405 No", "501 No"] {
            let (proven, asked) = proof(kind, &[(status, "{}"), second]).await;
            assert_eq!(proven, expected, "{kind} {status} {second:?}");
            assert_eq!(asked, format!("GET {list}\nPOST {chat}\n"));
        }
    };
    let nothing = "{\"error\":\"model is required\"}";
    for kind in [Anthropic, Openai, OpenaiCompat] {
        check(kind, ("400 No", nothing), Ok(())).await;
        check(kind, ("422 No", "{}"), Ok(())).await;
        check(kind, ("404 No", nothing), Ok(())).await;
        check(kind, ("401 No", nothing), Err(FailureKind::Auth)).await;
        check(kind, missing, Err(FailureKind::Config)).await;
    }
    let (proven, asked) = proof(Openrouter, &[missing, missing, ("400 No", nothing)]).await;
    assert_eq!(proven, Ok(()));
    assert!(asked.ends_with("POST /v1/chat/completions\n"), "{asked}");
    let (proven, _) = proof(Google, &[missing]).await;
    assert_eq!(proven, Err(FailureKind::Config));
}

#[tokio::test]
async fn spent_account_has_a_key_and_a_refused_key_has_no_account() {
    let spent = "{\"error\":{\"message\":\"You exceeded your current quota\"}}";
    for kind in [ProviderKind::Openai, ProviderKind::OpenaiCompat] {
        let (proven, _) = proof(kind, &[("429 No", spent)]).await;
        assert_eq!(proven, Err(FailureKind::UsageLimit), "{kind}");
        let (proven, _) = proof(kind, &[("401 No", spent)]).await;
        assert_eq!(proven, Err(FailureKind::Auth), "{kind}");
    }
}
