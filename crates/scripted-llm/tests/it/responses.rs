//! `OpenAI` Responses.

use serde_json::{Value, json};

use crate::fixture::Fixture;

const PATH: &str = "/v1/responses";
const SEARCH: &str = "[[on]]\nturn = 1\nreply.reasoning = 'hm'\n\
    reply.search = { query = 'q', sources = [{ url = 'https://a.example', title = 'A' }] }\n\
    reply.text = 'found'\n[[on]]\nreply.text = 'turn {{turn}}'\n";
const CALL: &str = "[[on]]\nstep = 1\nreply.reasoning = 'hm'\n\
    reply.call = [{ tool = 'execute', args = { command = 'ls' } }]\n\
    [[on]]\nreply.text = 'done'\n";

fn ask(input: &Value) -> Value {
    json!({"model": "gpt-5", "include": ["reasoning.encrypted_content"], "input": input})
}

fn says(text: &str) -> Value {
    json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
}

async fn answer(fixture: &Fixture, body: &Value) -> Value {
    let response = fixture.post(PATH, body).await;
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    response.json().await.unwrap()
}

/// The first answer to "x", and a request that repeats it and ends with `last`.
async fn replay(fixture: &Fixture, first: &Value, last: Value) -> (Value, Value) {
    let answer = answer(fixture, first).await;
    let mut items = vec![says("x")];
    items.extend(answer["output"].as_array().unwrap().clone());
    items.push(last);
    let mut body = first.clone();
    body["input"] = Value::Array(items);
    (answer, body)
}

fn output(answer: &Value) -> Value {
    let call = answer["output"].as_array().unwrap().last().unwrap().clone();
    json!({"type": "function_call_output", "call_id": call["call_id"], "output": "a.rs"})
}

#[tokio::test]
async fn whole_answer_has_every_item_in_order() {
    let fixture = Fixture::new(SEARCH).await;
    let body = answer(&fixture, &ask(&json!("x"))).await;
    let kinds: Vec<_> = body["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["reasoning", "web_search_call", "message"]);
    let text = &body["output"][2]["content"][0];
    assert_eq!(text["annotations"][0]["url"], "https://a.example");
    assert_eq!(body["status"], "completed");
    assert_eq!(body["usage"]["total_tokens"], 15);
}

#[tokio::test]
async fn stream_ends_with_the_whole_answer() {
    let fixture = Fixture::new(&format!("pace = {{ chunk_chars = 2 }}\n{CALL}")).await;
    let mut body = ask(&json!([says("x")]));
    body["stream"] = json!(true);
    let text = fixture.post(PATH, &body).await.text().await.unwrap();
    assert_eq!(text, fixture.post(PATH, &body).await.text().await.unwrap());
    assert!(text.contains("event: response.function_call_arguments.delta\n"));
    let last = text.trim_end().rsplit("data: ").next().unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(last["type"], "response.completed");
    assert_eq!(last["response"]["output"][1]["name"], "execute");
    let events = text.matches("event: ").count();
    assert_eq!(last["sequence_number"], events - 1);
}

#[tokio::test]
async fn forced_ends_are_incomplete_answers() {
    for (stop, reason) in [
        ("length", "max_output_tokens"),
        ("content_filter", "content_filter"),
    ] {
        let rules = format!("[[on]]\nreply.text = 'half'\nreply.stop = '{stop}'\n");
        let fixture = Fixture::new(&rules).await;
        let body = answer(&fixture, &ask(&json!("x"))).await;
        assert_eq!(body["status"], "incomplete");
        assert_eq!(body["incomplete_details"]["reason"], reason);
    }
}

#[tokio::test]
async fn kept_response_is_continued_by_its_id() {
    let fixture = Fixture::new(SEARCH).await;
    let mut id = answer(&fixture, &ask(&json!([says("x")]))).await["id"].clone();
    for turn in 2..5 {
        let mut body = ask(&json!([says("and?")]));
        body["previous_response_id"] = id;
        let next = answer(&fixture, &body).await;
        let text = format!("turn {turn}");
        assert_eq!(next["output"][0]["content"][0]["text"], text);
        id = next["id"].clone();
    }
    assert_eq!(fixture.model.stats().violations, 0);
}

#[tokio::test]
async fn lost_or_unkept_response_is_not_found() {
    let fixture = Fixture::new(SEARCH).await;
    let mut unkept = ask(&json!("x"));
    unkept["store"] = json!(false);
    let kept = answer(&fixture, &ask(&json!("y"))).await["id"].clone();
    fixture.model.forget_responses();
    for id in [
        answer(&fixture, &unkept).await["id"].clone(),
        json!("resp_0"),
        kept,
    ] {
        let mut body = ask(&json!("and?"));
        body["previous_response_id"] = id;
        let text = fixture.refused(PATH, &body).await;
        assert!(text.contains("\"previous_response_not_found\""), "{text}");
    }
}

#[tokio::test]
async fn search_with_reasoning_is_continued_and_not_repeated() {
    let fixture = Fixture::new(SEARCH).await;
    let (_, again) = replay(&fixture, &ask(&json!([says("x")])), says("and?")).await;
    let text = fixture.refused(PATH, &again).await;
    assert!(text.contains("continue 'resp_"), "{text}");
    // What is not kept can only be repeated.
    let mut unkept = ask(&json!([says("x")]));
    unkept["store"] = json!(false);
    let (_, again) = replay(&fixture, &unkept, says("and?")).await;
    answer(&fixture, &again).await;
    fixture.model.forget_responses();
    let (_, mut again) = replay(&fixture, &ask(&json!([says("x")])), says("and?")).await;
    fixture.model.forget_responses();
    answer(&fixture, &again).await;
    // In the middle of a turn there is nothing to continue.
    let (_, first) = replay(&fixture, &ask(&json!([says("x")])), says("and?")).await;
    again["input"] = first["input"].clone();
    let items = again["input"].as_array_mut().unwrap();
    items.push(json!({"type": "function_call", "call_id": "c", "name": "t", "arguments": "{}"}));
    items.push(json!({"type": "function_call_output", "call_id": "c", "output": "ok"}));
    answer(&fixture, &again).await;
}

#[tokio::test]
async fn results_go_with_the_whole_conversation() {
    let fixture = Fixture::new(CALL).await;
    let first = ask(&json!([says("x")]));
    let (made, _) = replay(&fixture, &first, says("")).await;
    let (_, whole) = replay(&fixture, &first, output(&made)).await;
    let done = answer(&fixture, &whole).await;
    assert_eq!(done["output"][0]["content"][0]["text"], "done");
    let mut chained = ask(&json!([output(&made)]));
    chained["previous_response_id"] = made["id"].clone();
    let text = fixture.refused(PATH, &chained).await;
    assert!(text.contains("tool outputs"), "{text}");
}

#[tokio::test]
async fn items_of_one_answer_need_each_other() {
    let fixture = Fixture::new(CALL).await;
    let first = ask(&json!([says("x")]));
    let (made, _) = replay(&fixture, &first, says("")).await;
    let (_, whole) = replay(&fixture, &first, output(&made)).await;
    let changed = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut body = whole.clone();
        change(body["input"].as_array_mut().unwrap());
        body
    };
    let cases = [
        (
            changed(&|items| drop(items.remove(1))),
            "required 'reasoning'",
        ),
        (
            changed(&|items| drop(items.drain(2..))),
            "required following item",
        ),
        (changed(&|items| drop(items.remove(3))), "has no result"),
        (
            changed(&|items| drop(items.drain(1..3))),
            "No tool call found",
        ),
        (
            changed(&|items| items[1]["encrypted_content"] = json!("altered")),
            "verified",
        ),
        (
            changed(&|items| items[1]["id"] = json!("")),
            "Missing required parameter",
        ),
        (
            changed(&|items| items[2]["arguments"] = json!("{")),
            "not JSON",
        ),
        (
            changed(&|items| items.insert(2, items[1].clone())),
            "required following item",
        ),
    ];
    for (body, expected) in &cases {
        let text = fixture.refused(PATH, body).await;
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // Without its id a call is bound to nothing.
    let unbound = changed(&|items| {
        items.remove(1);
        items[1].as_object_mut().unwrap().remove("id");
    });
    answer(&fixture, &unbound).await;
    let mut other = whole.clone();
    other["model"] = json!("o3");
    let text = fixture.refused(PATH, &other).await;
    assert!(text.contains("verified"), "{text}");
}

#[tokio::test]
async fn parameters_of_other_formats_are_refused() {
    let fixture = Fixture::new("[[on]]\nreply.text = 'ok'\n").await;
    for name in ["stop", "max_tokens", "messages", "response_format"] {
        let mut body = ask(&json!("x"));
        body[name] = json!(1);
        let text = fixture.refused(PATH, &body).await;
        assert!(text.contains("Unknown parameter"), "{text}");
    }
    let mut plain = ask(&json!("x"));
    plain["model"] = json!("gpt-4o");
    let text = fixture.refused(PATH, &plain).await;
    assert!(text.contains("not supported"), "{text}");
    let mut tools = ask(&json!("x"));
    tools["tools"] = json!([{"type": "function", "name": "t"}]);
    fixture.refused(PATH, &tools).await;
}

#[tokio::test]
async fn faults_have_the_shape_of_the_wire() {
    let rules = "[[on]]\nuser = 'stream'\nreply.text = 'x'\n\
        reply.fault = { stream_error = 'server_error' }\n\
        [[on]]\nreply.fault = { status = 429, retry_after = 2 }\n";
    let fixture = Fixture::new(rules).await;
    let refused = fixture.post(PATH, &ask(&json!("x"))).await;
    assert_eq!(refused.headers()["retry-after"], "2");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["code"], "rate_limit_exceeded");
    let mut body = ask(&json!("stream"));
    body["stream"] = json!(true);
    let text = fixture.post(PATH, &body).await.text().await.unwrap();
    let (_, error) = text.split_once("event: error\ndata: ").unwrap();
    let error: Value = serde_json::from_str(error.trim_end()).unwrap();
    let shape = (error["type"].as_str(), error["code"].as_str());
    assert_eq!(shape, (Some("error"), Some("server_error")));
}

#[tokio::test]
async fn structured_answer_is_the_object() {
    let rules = "[[on]]\npurpose = 'title'\nreply.object = { title = 'T' }\n";
    let fixture = Fixture::new(rules).await;
    let mut body = ask(&json!("x"));
    let schema = json!({"type": "object", "properties": {"title": {"type": "string"}}});
    body["text"] = json!({"format": {"type": "json_schema", "name": "t", "schema": schema}});
    let answer = answer(&fixture, &body).await;
    assert_eq!(
        answer["output"][0]["content"][0]["text"],
        "{\"title\":\"T\"}"
    );
}
