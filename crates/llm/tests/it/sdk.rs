//! Side by side with the official Python packages: the same conversation, the same request.
//!
//! The files in `fixtures/sdk` are what the packages sent (`record.py` there made them).

use muster_llm::{
    Delivery, Effort, File, FileData, Format, Message, Native, Params, Part, ProviderKind,
    ProviderOptions, Reasoning, Request, ResponseSchema, Role, System, Text, ToolCall, ToolChoice,
    ToolContent, ToolDefinition, ToolResult,
};
use serde_json::{Value, json};

use crate::server::{Act, Server, config};

/// Headers that make the request what it is; the others name the client and its platform.
const COMPARED: [&str; 6] = [
    "accept",
    "anthropic-version",
    "authorization",
    "content-type",
    "x-api-key",
    "x-goog-api-key",
];

fn fixture(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sdk");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Path, headers and body of a captured request, in the form of the fixtures.
fn captured(request: &str) -> Value {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers: serde_json::Map<String, Value> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.into()))
        .filter(|(name, _)| COMPARED.contains(&name.as_str()))
        .collect();
    let body: Value = serde_json::from_str(body).unwrap();
    json!({"path": path, "headers": headers, "body": body})
}

async fn sent(kind: ProviderKind, request: Request) -> Value {
    let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    let mut server = Server::start(vec![vec![Act::Send(refusal)]]).await;
    // The packages' base URL ends in /v1 for one format and not for the other; so does ours.
    let is_bare = matches!(kind, ProviderKind::Anthropic | ProviderKind::Google);
    let suffix = if is_bare { "" } else { "/v1" };
    let base = format!("{}{suffix}", server.address);
    let mut provider = config(kind, &base);
    provider.api_key = Some("test-key".to_owned().into());
    let model = provider.connect(&muster_base::Clock::system()).unwrap();
    let refused = model.generate(request).await;
    assert!(refused.is_err());
    captured(&server.request().await)
}

fn plain(model: &str, delivery: Delivery) -> Request {
    Request {
        model: model.to_owned(),
        messages: vec![Message::new(
            Role::User,
            vec![Part::text("List the files.")],
        )],
        params: Params {
            max_output_tokens: Some(1024),
            ..Params::default()
        },
        delivery,
        ..Request::default()
    }
}

fn with_system(mut request: Request, cache_mark: bool) -> Request {
    let text = "Be brief.".to_owned();
    request.system = vec![System { text, cache_mark }];
    request
}

fn with_tools(mut request: Request, call_id: &str) -> Request {
    request.tools = vec![ToolDefinition {
        name: "execute".to_owned(),
        description: "Runs it.".to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {"command": {"type": "string"}},
            "required": ["command"],
        }),
    }];
    let call = ToolCall {
        id: call_id.to_owned(),
        name: "execute".to_owned(),
        args: r#"{"command":"ls"}"#.to_owned(),
        provider_executed: false,
        native: None,
    };
    let result = ToolResult {
        call_id: call_id.to_owned(),
        name: "execute".to_owned(),
        content: vec![ToolContent::Text("a.txt".to_owned())],
        is_error: false,
        provider_executed: false,
        native: None,
    };
    let said = vec![Part::text("Looking."), Part::ToolCall(call)];
    request.messages.push(Message::new(Role::Assistant, said));
    request
        .messages
        .push(Message::new(Role::Tool, vec![Part::ToolResult(result)]));
    request
}

#[tokio::test]
async fn anthropic_requests_equal_those_of_the_python_package() {
    let request = |delivery| plain("claude-sonnet-4-5", delivery);
    let kind = ProviderKind::Anthropic;
    let text = with_system(request(Delivery::Streamed), false);
    assert_eq!(sent(kind, text).await, fixture("anthropic-text"));
    assert_eq!(
        sent(kind, request(Delivery::Whole)).await,
        fixture("anthropic-whole")
    );
    let tools = with_tools(with_system(request(Delivery::Streamed), true), "toolu_1");
    assert_eq!(sent(kind, tools).await, fixture("anthropic-tools"));
}

#[tokio::test]
async fn chat_completions_requests_equal_those_of_the_python_package() {
    let request = |delivery| with_system(plain("gpt-oss", delivery), false);
    let kind = ProviderKind::OpenaiCompat;
    assert_eq!(
        sent(kind, request(Delivery::Streamed)).await,
        fixture("openai-text")
    );
    assert_eq!(
        sent(kind, request(Delivery::Whole)).await,
        fixture("openai-whole")
    );
    let tools = with_tools(request(Delivery::Streamed), "call_1");
    assert_eq!(sent(kind, tools).await, fixture("openai-tools"));
}

/// What the package sent, in the spelling of the provider's documents: the package leaves some
/// names as they are in Python and some numbers as floats, which mean the same to the provider.
fn gemini_fixture(name: &str) -> Value {
    let text = fixture(name).to_string();
    let spellings = [
        ("mime_type", "mimeType"),
        ("include_thoughts", "includeThoughts"),
        ("thinking_budget", "thinkingBudget"),
        ("\"topK\":40.0", "\"topK\":40"),
        // It takes whatever comes.
        ("*/*", "application/json"),
    ];
    let text = spellings
        .iter()
        .fold(text, |text, (theirs, ours)| text.replace(theirs, ours));
    serde_json::from_str(&text).unwrap()
}

/// A block of Responses as a model of that name has written it.
fn block(json: Value) -> Option<Native> {
    Some(Native {
        provider_format: Format::OpenaiResponses,
        model: "gpt-5".to_owned(),
        json,
    })
}

fn openai(options: &Value) -> ProviderOptions {
    ProviderOptions::of(ProviderKind::Openai, &json!({"openai": options}))
}

#[tokio::test]
async fn responses_requests_equal_those_of_the_python_package() {
    let request = |delivery| plain("gpt-5", delivery);
    let kind = ProviderKind::Openai;
    let text = with_system(request(Delivery::Streamed), false);
    assert_eq!(sent(kind, text.clone()).await, fixture("responses-text"));
    let whole = request(Delivery::Whole);
    assert_eq!(sent(kind, whole).await, fixture("responses-whole"));
    let chained = Request {
        previous_response_id: Some("resp_1".to_owned()),
        ..text.clone()
    };
    assert_eq!(sent(kind, chained).await, fixture("responses-chained"));
    let tools = with_tools(text, "call_1");
    assert_eq!(sent(kind, tools).await, fixture("responses-tools"));
}

#[tokio::test]
async fn responses_items_go_back_as_the_python_package_sends_them() {
    let thought = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "sealed",
        "summary": [{"type": "summary_text", "text": "Hm."}]});
    let search = json!({"type": "web_search_call", "id": "ws_1", "status": "completed",
        "action": {"type": "search", "query": "files"}});
    let citation = json!({"type": "url_citation", "url": "https://a.example", "title": "A",
        "start_index": 0, "end_index": 6});
    let found = json!({"type": "message", "id": "msg_1", "role": "assistant",
        "status": "completed", "content": [
            {"type": "output_text", "text": "Found.", "annotations": [citation]}]});
    let said = vec![
        Part::Reasoning(Reasoning {
            text: "Hm.".to_owned(),
            native: block(thought),
            ..Reasoning::default()
        }),
        Part::ToolCall(ToolCall {
            id: "ws_1".to_owned(),
            name: "web_search".to_owned(),
            provider_executed: true,
            native: block(search),
            ..ToolCall::default()
        }),
        Part::Text(Text {
            text: "Found.".to_owned(),
            native: block(found),
        }),
    ];
    let mut request = plain("gpt-5", Delivery::Streamed);
    let asked = request.messages.clone();
    request.messages.push(Message::new(Role::Assistant, said));
    request.messages.extend(asked);
    request.options = openai(&json!({
        "store": false,
        "web_search_enabled": true,
        "search_context_size": "low",
        "allowed_domains": ["a.example"],
    }));
    assert_eq!(
        sent(ProviderKind::Openai, request).await,
        fixture("responses-search")
    );
}

#[tokio::test]
async fn responses_parameters_and_options_stand_where_the_python_package_puts_them() {
    let mut request = with_tools(plain("gpt-5", Delivery::Whole), "call_1");
    request.messages.truncate(1);
    request.tool_choice = ToolChoice::Named("execute".to_owned());
    request.params.temperature = Some(0.5);
    request.params.top_p = Some(0.25);
    request.params.reasoning_effort = Some(Effort::High);
    request.response_schema = Some(ResponseSchema {
        name: "command".to_owned(),
        schema: request.tools[0].input_schema.clone(),
    });
    request.options = openai(&json!({
        "parallel_tool_calls": false,
        "reasoning_summary": "auto",
        "text_verbosity": "low",
    }));
    assert_eq!(
        sent(ProviderKind::Openai, request).await,
        fixture("responses-options")
    );
}

#[tokio::test]
async fn gemini_requests_equal_those_of_the_python_package() {
    let request = |delivery| plain("gemini-2.5-flash", delivery);
    let kind = ProviderKind::Google;
    let text = with_system(request(Delivery::Streamed), false);
    assert_eq!(
        sent(kind, text.clone()).await,
        gemini_fixture("gemini-text")
    );
    assert_eq!(
        sent(kind, request(Delivery::Whole)).await,
        gemini_fixture("gemini-whole")
    );
    let tools = with_tools(text, "call_1");
    assert_eq!(
        sent(kind, tools.clone()).await,
        gemini_fixture("gemini-tools")
    );
    let mut search = request(Delivery::Whole);
    search.options = google(&json!({"web_search_enabled": true}));
    assert_eq!(sent(kind, search).await, gemini_fixture("gemini-search"));
}

fn google(options: &Value) -> ProviderOptions {
    ProviderOptions::of(ProviderKind::Google, &json!({"google": options}))
}

#[tokio::test]
async fn gemini_parameters_and_options_stand_where_the_python_package_puts_them() {
    let picture = File {
        media_type: "image/png".to_owned(),
        name: None,
        data: FileData::Bytes(b"png".as_slice().into()),
    };
    let mut request = with_tools(plain("gemini-2.5-flash", Delivery::Whole), "call_1");
    request.messages = vec![Message::new(Role::User, vec![Part::File(picture)])];
    request.tool_choice = ToolChoice::Named("execute".to_owned());
    request.params = Params {
        temperature: Some(0.5),
        top_p: Some(0.25),
        top_k: Some(40),
        presence_penalty: Some(0.125),
        frequency_penalty: Some(0.75),
        stop: vec!["END".to_owned()],
        ..request.params
    };
    request.response_schema = Some(ResponseSchema {
        name: "command".to_owned(),
        schema: request.tools[0].input_schema.clone(),
    });
    let harm = json!({"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"});
    request.options = google(&json!({
        "safety_settings": [harm],
        "thinking_config": {"thinking_budget": 512, "include_thoughts": true},
    }));
    assert_eq!(
        sent(ProviderKind::Google, request).await,
        gemini_fixture("gemini-options")
    );
}
