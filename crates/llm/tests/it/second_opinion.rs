//! A whole turn with the scripted model, which was written without looking at this crate and
//! refuses every request that a provider would refuse.

use bytes::Bytes;
use muster_base::{ChatId, Clock, TaskSet, UserId};
use muster_llm::{
    Attribution, FinishReason, LanguageModel, Message, Params, Part, ProviderKind, ProviderOptions,
    Request, Response, Role, System, ToolContent, ToolDefinition, ToolResult,
};
use muster_scripted_llm::{Options, Script, ScriptedModel, serve};
use serde_json::json;
use tokio::net::TcpListener;

use crate::server::{config, in_time};

const SCRIPT: &str = r#"
name = "look-and-answer"
pace = { chunk_chars = 3 }

# Where results carry media, and where a user message must carry it for them.
[[on]]
after = { tool = "screenshot", media = true }
reply.text = "I see a picture."

[[on]]
user = "Image from the result of screenshot"
reply.text = "I see a picture."

[[on]]
else = true
reply.reasoning = "Let me look at both."
reply.text = "Grüße, I will look. 🦀"
reply.call = [
    { tool = "screenshot", args = {} },
    { tool = "execute", args = { command = "ls" } },
]
reply.usage = { input = 1200, output = 80, cache_read = 1000 }
"#;

async fn start(tasks: &TaskSet) -> (ScriptedModel, String) {
    let clock = Clock::system();
    let mut options = Options::new(Script::parse(SCRIPT).unwrap(), clock);
    options.attribution = true;
    let model = ScriptedModel::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = serve(model.clone(), listener, tasks.drain().clone());
    let _served = tasks.spawn("scripted", serving);
    (model, address)
}

fn first_request(kind: ProviderKind) -> Request {
    let clock = Clock::system();
    let tool = |name: &str| ToolDefinition {
        name: name.to_owned(),
        description: "A tool.".to_owned(),
        input_schema: serde_json::json!({ "type": "object", "properties": {} }),
    };
    let mut user = Message::new(Role::User, vec![Part::text("What do you see?")]);
    user.cache_mark = true;
    Request {
        model: "scripted".to_owned(),
        system: vec![System {
            text: "Be brief.".to_owned(),
            cache_mark: true,
        }],
        messages: vec![user],
        tools: vec![tool("execute"), tool("screenshot")],
        params: Params {
            temperature: Some(0.5),
            ..Params::default()
        },
        options: ProviderOptions::of(
            kind,
            &json!({
                "anthropic": {"thinking": {"budget_tokens": 2_000}},
                "google": {"web_search_enabled": true},
            }),
        ),
        attribution: Some(Attribution {
            owner: UserId::new(&clock),
            chat: ChatId::new(&clock),
            parent: None,
            workspace: None,
        }),
        ..Request::default()
    }
}

/// One message per result, as the chat stores them; the first shows a picture, the second failed.
fn results(calls: &[Part]) -> Vec<Message> {
    let picture = ToolContent::Media {
        media_type: "image/png".to_owned(),
        bytes: Bytes::from(vec![0x89; 20_000]),
        text: None,
    };
    let contents = [vec![picture], Vec::new()];
    let calls = calls.iter().filter_map(|part| match part {
        Part::ToolCall(call) => Some(call),
        Part::Text(_) | Part::Reasoning(_) | Part::ToolResult(_) | Part::File(_) => None,
        Part::Source(_) => None,
    });
    let messages = calls.zip(contents).map(|(call, content)| {
        let result = ToolResult {
            call_id: call.id.clone(),
            name: call.name.clone(),
            is_error: content.is_empty(),
            content,
            ..ToolResult::default()
        };
        Message::new(Role::Tool, vec![Part::ToolResult(result)])
    });
    messages.collect()
}

fn texts(response: &Response) -> String {
    let texts = response.parts.iter().map(|part| match part {
        Part::Text(part) => part.text.as_str(),
        Part::Reasoning(_) | Part::ToolCall(_) | Part::ToolResult(_) => "",
        Part::File(_) | Part::Source(_) => "",
    });
    texts.collect()
}

async fn turn(model: &dyn LanguageModel, mut request: Request) {
    let first = in_time(model.generate(request.clone())).await.unwrap();
    assert_eq!(first.finish.reason, FinishReason::ToolCalls);
    assert_eq!(texts(&first), "Grüße, I will look. 🦀");
    assert!(
        matches!(first.parts.first(), Some(Part::Reasoning(part)) if part.text == "Let me look at both.")
    );
    assert_eq!(first.finish.usage.cache_read, Some(1_000));
    let answers = results(&first.parts);
    assert_eq!(answers.len(), 2);
    request
        .messages
        .push(Message::new(Role::Assistant, first.parts));
    request.messages.extend(answers);
    let second = in_time(model.generate(request)).await.unwrap();
    assert_eq!(second.finish.reason, FinishReason::Stop);
    assert_eq!(texts(&second), "I see a picture.");
}

#[tokio::test]
async fn a_whole_turn_breaks_no_rule_of_the_provider() {
    let tasks = TaskSet::new();
    let (scripted, address) = start(&tasks).await;
    let named = ProviderKind::ALL.map(|kind| (kind, "scripted"));
    // By this name OpenAI and Azure are asked in their other format.
    let responses = [ProviderKind::Openai, ProviderKind::Azure].map(|kind| (kind, "gpt-5"));
    for (kind, name) in named.into_iter().chain(responses) {
        let has_version = !matches!(
            kind,
            ProviderKind::Anthropic | ProviderKind::Bedrock | ProviderKind::Google
        );
        let base_url = if has_version {
            format!("{address}/v1")
        } else {
            address.clone()
        };
        let config = config(kind, &base_url);
        let model = config.connect(&Clock::system()).unwrap();
        let request = Request {
            model: name.to_owned(),
            ..first_request(kind)
        };
        turn(&*model, request).await;
        let models = in_time(config.models(&Clock::system())).await.unwrap();
        assert!(!models.is_empty(), "{kind}");
    }
    assert_eq!(scripted.stats().violations, 0);
    tasks.shutdown().await;
}
