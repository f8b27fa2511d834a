//! Gemini `generateContent`.

use serde_json::{Value, json};

use crate::fixture::Fixture;

const WHOLE: &str = "/v1beta/models/gemini-x:generateContent";
const STREAM: &str = "/v1beta/models/gemini-x:streamGenerateContent?alt=sse";

fn user(text: &str) -> Value {
    json!({"role": "user", "parts": [{"text": text}]})
}

fn ask(contents: &Value) -> Value {
    json!({"contents": contents})
}

async fn whole(fixture: &Fixture, body: &Value) -> Value {
    fixture.post(WHOLE, body).await.json().await.unwrap()
}

fn content(answer: &Value) -> &Value {
    &answer["candidates"][0]["content"]
}

/// The data of every event.
async fn stream(fixture: &Fixture, body: &Value) -> Vec<Value> {
    let text = fixture.post(STREAM, body).await.text().await.unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
    lines
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

const EVERYTHING: &str = "pace = { chunk_chars = 3 }\n[[on]]\nstep = 1\nreply.reasoning = 'hm, well'\n\
     reply.text = 'hi {{user}}'\nreply.search = { query = 'q', sources = [{ url = 'https://a.example/', title = 'A' }] }\n\
     reply.call = [{ tool = 'execute', args = { command = 'ls' } }, { tool = 'look' }]\n\
     reply.usage = { input = 7, output = 5, reasoning = 2, cache_read = 100 }\n\
     [[on]]\nafter = { tool = 'look', media = true }\nreply.text = 'seen'\n";

#[tokio::test]
async fn whole_answer_has_every_part_in_order() {
    let fixture = Fixture::new(EVERYTHING).await;
    let answer = whole(&fixture, &ask(&json!([user("you")]))).await;
    let parts = content(&answer)["parts"].as_array().unwrap();
    assert_eq!(parts[0], json!({"text": "hm, well", "thought": true}));
    assert_eq!(parts[1]["toolCall"]["args"]["queries"], json!(["q"]));
    assert_eq!(parts[2]["toolResponse"]["id"], parts[1]["toolCall"]["id"]);
    assert_eq!(parts[3], json!({"text": "hi you"}));
    assert_eq!(
        parts[4]["functionCall"],
        json!({"name": "execute", "args": {"command": "ls"}})
    );
    assert!(parts[4]["thoughtSignature"].is_string());
    assert_eq!(
        parts[5],
        json!({"functionCall": {"name": "look", "args": {}}})
    );
    let candidate = &answer["candidates"][0];
    assert_eq!(candidate["finishReason"], "STOP");
    assert_eq!(
        candidate["groundingMetadata"]["groundingChunks"][0]["web"]["uri"],
        "https://a.example/"
    );
    assert_eq!(
        answer["usageMetadata"],
        json!({"promptTokenCount": 107, "candidatesTokenCount": 3, "thoughtsTokenCount": 2,
               "cachedContentTokenCount": 100, "totalTokenCount": 112})
    );
}

#[tokio::test]
async fn stream_says_the_same_and_ends_with_a_reason() {
    let fixture = Fixture::new(EVERYTHING).await;
    let chunks = stream(&fixture, &ask(&json!([user("you")]))).await;
    let texts = |thought: bool| -> String {
        let parts = chunks.iter().map(|chunk| &content(chunk)["parts"][0]);
        let parts = parts.filter(|part| part["thought"].as_bool().unwrap_or_default() == thought);
        parts.filter_map(|part| part["text"].as_str()).collect()
    };
    assert_eq!(
        (texts(true), texts(false)),
        ("hm, well".into(), "hi you".into())
    );
    let reasons = chunks
        .iter()
        .filter_map(|chunk| chunk["candidates"][0]["finishReason"].as_str());
    assert_eq!(reasons.collect::<Vec<_>>(), ["STOP"]);
    assert!(chunks.last().unwrap()["usageMetadata"].is_object());
}

/// A turn with one step of two calls, answered.
fn answered(model: &Value, results: &Value) -> Value {
    let flag = json!({"includeServerSideToolInvocations": true});
    json!({"contents": [user("you"), model, {"role": "user", "parts": results}], "toolConfig": flag})
}

fn response(name: &str, response: &Value) -> Value {
    json!({"functionResponse": {"name": name, "response": response}})
}

#[tokio::test]
async fn own_answer_is_accepted_again_and_altered_ones_are_not() {
    let fixture = Fixture::new(EVERYTHING).await;
    let first = whole(&fixture, &ask(&json!([user("you")]))).await;
    let model = content(&first).clone();
    let good = json!([
        response("execute", &json!({"error": "no"})),
        response("look", &json!({"output": ""})),
        {"inlineData": {"mimeType": "image/png", "data": "iVBO"}},
    ]);
    let second = whole(&fixture, &answered(&model, &good)).await;
    assert_eq!(content(&second)["parts"][0]["text"], "seen");
    let altered = |change: &dyn Fn(&mut Value)| {
        let mut model = model.clone();
        change(&mut model["parts"]);
        answered(&model, &good)
    };
    let cases = [
        (
            altered(&|parts| parts[4]["functionCall"]["args"]["command"] = json!("rm")),
            "signature is not valid",
        ),
        (
            altered(&|parts| parts[4] = json!({"functionCall": parts[4]["functionCall"]})),
            "missing a thought_signature",
        ),
        (
            altered(&|parts| drop(parts.as_array_mut().unwrap().remove(2))),
            "has no counterpart",
        ),
        (
            altered(&|parts| parts[3] = json!({})),
            "required oneof field",
        ),
        (
            answered(&model, &json!([good[0]])),
            "number of function response parts",
        ),
        (
            answered(&model, &json!([good[1], good[0]])),
            "does not belong",
        ),
        (
            json!({"contents": [user("you"), model, {"role": "user", "parts": good}]}),
            "circulation is not enabled",
        ),
        (
            ask(&json!([user("you"), {"role": "user", "parts": [good[0]]}])),
            "immediately after a function call turn",
        ),
        (
            ask(
                &json!([{"role": "model", "parts": [model["parts"][5]]}, {"role": "user", "parts": [good[1]]}]),
            ),
            "immediately after a user turn",
        ),
    ];
    for (body, expected) in &cases {
        let text = fixture.refused(WHOLE, body).await;
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(text.contains("INVALID_ARGUMENT"), "{text}");
    }
    let foreign = altered(&|parts| {
        parts[4]["thoughtSignature"] = json!("skip_thought_signature_validator");
    });
    assert_eq!(fixture.post(WHOLE, &foreign).await.status(), 200);
}

#[tokio::test]
async fn a_signed_text_is_accepted_in_one_piece_and_in_many() {
    let rules = "pace = { words = true }\n[[on]]\nreply.reasoning = 'hm'\nreply.text = 'one two'\n";
    let fixture = Fixture::new(rules).await;
    let asked = ask(&json!([user("x")]));
    let answer = whole(&fixture, &asked).await;
    let replay = |contents: Vec<Value>| {
        let mut all = vec![user("x")];
        all.extend(contents);
        all.push(user("y"));
        ask(&json!(all))
    };
    let joined = replay(vec![content(&answer).clone()]);
    assert_eq!(fixture.post(WHOLE, &joined).await.status(), 200);
    let chunks = stream(&fixture, &asked).await;
    let pieces = replay(chunks.iter().map(|chunk| content(chunk).clone()).collect());
    assert_eq!(fixture.post(WHOLE, &pieces).await.status(), 200);
    let mut altered = joined;
    altered["contents"][1]["parts"][1]["text"] = json!("three");
    let text = fixture.refused(WHOLE, &altered).await;
    assert!(text.contains("signature is not valid"), "{text}");
}

#[tokio::test]
async fn schemas_and_combinations_are_checked() {
    let fixture = Fixture::new("[[on]]\nelse = true\nreply.text = 'ok'\n").await;
    let declared = |parameters: &Value| {
        let function = json!({"name": "x", "description": "d", "parameters": parameters});
        json!({"contents": [user("x")], "tools": [{"functionDeclarations": [function]}]})
    };
    let object = |property: &Value| json!({"type": "OBJECT", "properties": {"a": property}});
    for (parameters, expected) in [
        (object(&json!({"type": "STRING"})), None),
        (object(&json!({"anyOf": [{"type": "STRING"}]})), None),
        (
            json!({"type": "OBJECT", "properties": {}}),
            Some("non-empty"),
        ),
        (object(&json!({})), Some("must be specified")),
        (
            object(&json!({"type": ["STRING"]})),
            Some("cannot start list"),
        ),
        (
            object(&json!({"type": "ARRAY"})),
            Some("items: missing field"),
        ),
        (
            object(&json!({"type": "STRING", "format": "uri"})),
            Some("not supported"),
        ),
        (
            object(&json!({"type": "INTEGER", "enum": [1]})),
            Some("TYPE_STRING"),
        ),
        (
            object(&json!({"type": "OBJECT", "additionalProperties": false})),
            Some("additionalProperties"),
        ),
        (
            json!({"$schema": "s", "type": "OBJECT", "properties": {}}),
            Some("$schema"),
        ),
        (
            json!({"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["b"]}),
            Some("not defined"),
        ),
    ] {
        let body = declared(&parameters);
        let Some(expected) = expected else {
            assert_eq!(fixture.post(WHOLE, &body).await.status(), 200, "{body}");
            continue;
        };
        let text = fixture.refused(WHOLE, &body).await;
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let mut mixed = declared(&object(&json!({"type": "STRING"})));
    mixed["tools"]
        .as_array_mut()
        .unwrap()
        .push(json!({"googleSearch": {}}));
    let text = fixture.refused(WHOLE, &mixed).await;
    assert!(
        text.contains("include_server_side_tool_invocations"),
        "{text}"
    );
    let cached = json!({"contents": [user("x")], "cachedContent": "c", "systemInstruction": {"parts": [{"text": "s"}]}});
    assert!(
        fixture
            .refused(WHOLE, &cached)
            .await
            .contains("CachedContent")
    );
    let unknown = json!({"contents": [user("x")], "messages": []});
    assert!(fixture.refused(WHOLE, &unknown).await.contains("messages"));
}

#[tokio::test]
async fn filters_faults_and_broken_calls_have_the_shape_of_the_provider() {
    let fixture = Fixture::new(
        "[[on]]\nuser = 'block'\nreply.stop = 'content_filter'\n\
         [[on]]\nuser = 'filter'\nreply.text = 'half'\nreply.stop = 'content_filter'\n\
         [[on]]\nuser = 'args'\nreply.call = [{ tool = 'x' }]\nreply.fault = { bad_args = true }\n\
         [[on]]\nuser = 'ids'\nreply.call = [{ tool = 'x' }]\nreply.fault = { dup_ids = true }\n\
         [[on]]\nuser = 'limit'\nreply.fault = { status = 429 }\n\
         [[on]]\nuser = 'stream'\nreply.text = 'one'\nreply.fault = { stream_error = 'UNAVAILABLE' }\n",
    )
    .await;
    let said = |text: &str| ask(&json!([user(text)]));
    let blocked = whole(&fixture, &said("block")).await;
    assert_eq!(
        blocked["promptFeedback"]["blockReason"],
        "PROHIBITED_CONTENT"
    );
    assert_eq!(blocked.get("candidates"), None);
    assert_eq!(stream(&fixture, &said("block")).await.len(), 1);
    let filtered = whole(&fixture, &said("filter")).await;
    assert_eq!(filtered["candidates"][0]["finishReason"], "SAFETY");
    let broken = whole(&fixture, &said("args")).await;
    assert_eq!(
        broken["candidates"][0]["finishReason"],
        "MALFORMED_FUNCTION_CALL"
    );
    let ids = whole(&fixture, &said("ids")).await;
    assert_eq!(content(&ids)["parts"][0]["functionCall"]["id"], "same");
    let limit = fixture.post(WHOLE, &said("limit")).await;
    assert_eq!(limit.status(), 429);
    let limit: Value = limit.json().await.unwrap();
    assert_eq!(limit["error"]["status"], "RESOURCE_EXHAUSTED");
    let error = stream(&fixture, &said("stream")).await;
    assert_eq!(error[0]["error"]["code"], 503);
    let method = fixture.post("/v1beta/models/x:fly", &said("x")).await;
    assert_eq!(method.status(), 404);
}

#[tokio::test]
async fn the_list_of_models_has_pages() {
    let fixture = Fixture::new("[[on]]\nelse = true\n").await;
    let page = async |query: &str| -> Value {
        let path = format!("/v1beta/models{query}");
        let response = fixture.request("GET", &path).send().await.unwrap();
        response.json().await.unwrap()
    };
    let all = page("").await;
    assert_eq!(all["models"][0]["name"], "models/scripted");
    assert_eq!(all.get("nextPageToken"), None);
    let first = page("?pageSize=1").await;
    assert_eq!(first["models"].as_array().unwrap().len(), 1);
    let token = first["nextPageToken"].as_str().unwrap();
    let second = page(&format!("?pageSize=1&pageToken={token}")).await;
    assert_eq!(second["models"][0]["name"], "models/script:test");
}
