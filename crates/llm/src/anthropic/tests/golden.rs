//! One request and one stream per thing that the format can carry. The request is what goes
//! out; the stream is read under every cut, and what it says goes back in the next request.

use super::*;
use crate::ProviderOptions;
use crate::model::Screen;
use crate::provider::ProviderKind;

struct Golden {
    name: &'static str,
    request: Request,
    stream: &'static str,
}

fn asked(text: &str) -> Request {
    let mut request = request();
    request.messages[0].parts = vec![Part::text(text)];
    request.system = vec![system("Be brief.", true)];
    request
}

fn options(own: &serde_json::Value) -> ProviderOptions {
    ProviderOptions::of(ProviderKind::Anthropic, &json!({ "anthropic": own }))
}

fn thinks(mut request: Request) -> Request {
    request.options = options(&json!({ "thinking": { "budget_tokens": 4_000 } }));
    request.params.max_output_tokens = Some(16_000);
    request
}

fn answered(mut request: Request, calls: &[&str], content: &[ToolContent]) -> Request {
    let parts = calls.iter().map(|id| call(id, "execute", "{}")).collect();
    request.messages.push(Message::new(Role::Assistant, parts));
    for id in calls {
        let part = Part::ToolResult(result(id, content.to_vec()));
        request.messages.push(Message::new(Role::Tool, vec![part]));
    }
    request.tools = vec![tool("execute")];
    request
}

fn with_file() -> Request {
    let mut request = asked("How long is it?");
    let file = |data| {
        Part::File(File {
            media_type: "application/pdf".to_owned(),
            name: Some("report.pdf".to_owned()),
            data,
        })
    };
    let parts = &mut request.messages[0].parts;
    parts.push(file(FileData::Bytes(Bytes::from_static(b"%PDF-1.7"))));
    parts.push(file(FileData::ProviderId("file_011".to_owned())));
    request
}

fn searching() -> Request {
    let mut request = asked("What is new?");
    request.tools = vec![tool("execute"), tool("web_search")];
    let own = json!({ "web_search_enabled": true, "blocked_domains": ["spam.example.org"],
                      "disable_parallel_tool_use": true });
    request.options = options(&own);
    request
}

fn structured() -> Request {
    // Nothing is looked up for an object: it has no room for citations.
    let mut request = searching();
    request.response_schema = Some(ResponseSchema {
        name: "title".to_owned(),
        schema: json!({ "type": "object", "properties": { "title": { "type": "string" } } }),
    });
    request
}

fn long_prefix() -> Request {
    let mut request = answered(asked("Go on."), &["toolu_0"], &[png()]);
    for round in 0..3 {
        let ask = Message::new(Role::User, vec![Part::text(format!("More {round}."))]);
        let answer = Message::new(Role::Assistant, vec![Part::text("Done.")]);
        request.messages.extend([ask, answer]);
    }
    request
        .messages
        .push(Message::new(Role::User, vec![Part::text("And?")]));
    for message in request.messages.iter_mut().rev().take(2) {
        message.cache_mark = true;
    }
    request
}

fn with_screen() -> Request {
    let mut request = asked("Click it.");
    request.tools = vec![tool("computer"), tool("execute")];
    request.computer = Some(Screen {
        width: 1_280,
        height: 800,
    });
    request
}

macro_rules! golden {
    ($name:literal, $request:expr) => {
        Golden {
            name: $name,
            request: $request,
            stream: include_str!(concat!("../../../tests/fixtures/anthropic/", $name, ".sse")),
        }
    };
}

fn all() -> Vec<Golden> {
    let two = answered(asked("Look twice."), &["toolu_a", "toolu_b"], &[]);
    vec![
        golden!("text", asked("Say hello.")),
        golden!("reasoning", thinks(asked("Two and two?"))),
        golden!("redacted", thinks(asked("Think hard."))),
        golden!("calls", answered(asked("List it."), &["toolu_a"], &[])),
        golden!("parallel_calls", two),
        golden!(
            "media_result",
            answered(asked("Look."), &["toolu_a"], &[png()])
        ),
        golden!("file", with_file()),
        golden!("web_search", searching()),
        golden!("pause", searching()),
        golden!("structured", structured()),
        golden!("cache_prefix", long_prefix()),
        golden!("computer", with_screen()),
    ]
}

#[test]
fn every_scenario_goes_out_comes_in_and_goes_back_as_recorded() {
    for Golden {
        name,
        request,
        stream,
    } in all()
    {
        let (events, failure) = decode(&Messages, stream);
        assert_eq!(failure, None, "{name}");
        let sent = pretty(&Messages, &request);
        let mut next = request;
        next.messages
            .push(Message::new(Role::Assistant, fold(&events).parts));
        let body: serde_json::Value = serde_json::from_str(&pretty(&Messages, &next)).unwrap();
        let back = body["messages"].as_array().unwrap().last().unwrap();
        let back = serde_json::to_string_pretty(back).unwrap();
        let betas = betas_of(&next);
        let record = format!(
            "request (beta: {betas})\n{sent}\n\nevents\n{}\ngoes back as\n{back}\n",
            render(&events)
        );
        insta::assert_snapshot!(format!("golden_{name}"), record);
    }
}

fn stream_of(name: &str) -> &'static str {
    all()
        .iter()
        .find(|golden| golden.name == name)
        .unwrap()
        .stream
}

fn betas_of(request: &Request) -> String {
    let headers = Messages.encode(request).unwrap().headers;
    let betas = headers.get_all("anthropic-beta").into_iter();
    let betas: Vec<&str> = betas.map(|beta| beta.to_str().unwrap()).collect();
    betas.join(", ")
}

#[test]
fn a_page_that_was_found_and_cited_is_one_source() {
    let (events, _) = decode(&Messages, stream_of("web_search"));
    let parts = fold(&events).parts;
    let mut urls = Vec::new();
    for part in &parts {
        if let Part::Source(source) = part {
            urls.push(source.url.as_str());
        }
    }
    let expected = [
        "https://blog.example.org/one",
        "https://news.example.org/two",
        "https://third.example.org/",
    ];
    assert_eq!(urls, expected);
}

#[test]
fn a_call_that_the_pause_left_open_goes_back_at_the_end_only() {
    let (events, _) = decode(&Messages, stream_of("pause"));
    let mut request = searching();
    let paused = Message::new(Role::Assistant, fold(&events).parts);
    request.messages.push(paused);
    let blocks = |request: &Request| encode(&Messages, request)["messages"][1]["content"].clone();
    assert_eq!(blocks(&request)[1]["id"], "srvtoolu_01Pz");
    request
        .messages
        .push(Message::new(Role::User, vec![Part::text("Stop.")]));
    assert_eq!(
        blocks(&request),
        json!([{ "type": "text", "text": "Searching." }])
    );
}

#[test]
fn reasoning_stays_at_home_where_it_is_not_wanted() {
    let (events, _) = decode(&Messages, stream_of("reasoning"));
    let mut request = thinks(asked("Two and two?"));
    request
        .messages
        .push(Message::new(Role::Assistant, fold(&events).parts));
    let kind = |request: &Request| {
        let body = encode(&Messages, request);
        body["messages"][1]["content"][0]["type"].clone()
    };
    assert_eq!(kind(&request), "thinking");
    request.options = options(&json!({ "send_reasoning": false }));
    assert_eq!(kind(&request), "text");
}

#[test]
fn only_one_list_of_domains_is_sent() {
    let mut request = searching();
    let lists = json!({ "web_search_enabled": true, "allowed_domains": ["a.example.org"],
                        "blocked_domains": ["b.example.org"] });
    request.options = options(&lists);
    let sent = &encode(&Messages, &request)["tools"][1];
    let expected = json!({ "type": "web_search_20250305", "name": "web_search",
                           "allowed_domains": ["a.example.org"] });
    assert_eq!(*sent, expected);
    request.options = options(&json!({ "web_search_enabled": false }));
    let names: Vec<_> = encode(&Messages, &request)["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| (tool["name"].clone(), tool.get("type").is_some()))
        .collect();
    // Then a tool of ours by that name is as good as any other.
    assert_eq!(
        names,
        [(json!("execute"), false), (json!("web_search"), false)]
    );
}
