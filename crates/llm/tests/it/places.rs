//! Where the codecs put the options that the table leaves to them.

use muster_llm::Wire;
use serde_json::{Value, json};

/// What stands at a dotted path.
pub(crate) fn pointer<'a>(path: &str, body: &'a Value) -> Option<&'a Value> {
    body.pointer(&format!("/{}", path.replace('.', "/")))
}

/// Whether `value` stands at a dotted path; in an object there, others may stand beside it.
pub(crate) fn stands_at(path: &str, value: &Value, body: &Value) -> bool {
    let found = pointer(path, body);
    match (value, found) {
        (Value::Object(wanted), Some(Value::Object(found))) => wanted
            .iter()
            .all(|(key, value)| found.get(key) == Some(value)),
        (value, found) => found == Some(value),
    }
}

/// Whether the codec turned `value` into what its format wants. An option without a line here
/// fails its test.
pub(crate) fn by_codec(wire: Wire, field: &str, value: &Value, body: &Value) -> bool {
    match wire {
        Wire::Messages => messages(field, value, body),
        Wire::Responses => responses(field, value, body),
        Wire::Chat => chat(field, value, body),
        Wire::Gemini => gemini(field, value, body),
    }
}

fn is_at(path: &str, value: &Value, body: &Value) -> bool {
    pointer(path, body) == Some(value)
}

/// The tool whose type or key begins with `name`.
fn tool<'a>(name: &str, body: &'a Value) -> Option<&'a Value> {
    let mut tools = body["tools"].as_array().into_iter().flatten();
    tools.find(|tool| {
        let kind = tool["type"].as_str();
        kind.is_some_and(|kind| kind.starts_with(name)) || tool.get(name).is_some()
    })
}

fn of_search(path: &str, value: &Value, body: &Value) -> bool {
    tool("web_search", body).is_some_and(|tool| is_at(path, value, tool))
}

fn lists(list: &Value, wanted: &str) -> bool {
    let list = list.as_array().into_iter().flatten();
    list.into_iter().any(|entry| entry == wanted)
}

fn messages(field: &str, value: &Value, body: &Value) -> bool {
    let is_on = *value == json!(true);
    match field {
        "thinking" => body["thinking"]["budget_tokens"] == value["budget_tokens"],
        "send_reasoning" => body["messages"].to_string().contains("signed") == is_on,
        "disable_parallel_tool_use" => {
            let path = "tool_choice.disable_parallel_tool_use";
            is_at(path, &json!(true), body) == is_on
        }
        "web_search_enabled" => tool("web_search", body).is_some() == is_on,
        "allowed_domains" | "blocked_domains" => of_search(field, value, body),
        field => panic!("nobody says what becomes of {field}"),
    }
}

fn responses(field: &str, value: &Value, body: &Value) -> bool {
    let is_on = *value == json!(true);
    match field {
        "instructions" => body["instructions"]
            .as_str()
            .is_some_and(|text| text.contains(value.as_str().unwrap())),
        "include" => {
            let wanted = value.as_array().unwrap().iter();
            let mut wanted = wanted.map(|one| one.as_str().unwrap());
            wanted.all(|one| lists(&body["include"], one))
        }
        "log_probs" => lists(&body["include"], "message.output_text.logprobs") == is_on,
        "store" | "parallel_tool_calls" => is_at(field, value, body),
        "strict_json_schema" => is_at("text.format.strict", value, body),
        "web_search_enabled" => tool("web_search", body).is_some() == is_on,
        "search_context_size" => of_search(field, value, body),
        "allowed_domains" => of_search("filters.allowed_domains", value, body),
        field => panic!("nobody says what becomes of {field}"),
    }
}

fn chat(field: &str, value: &Value, body: &Value) -> bool {
    match field {
        "parallel_tool_calls" | "max_completion_tokens" => is_at(field, value, body),
        "structured_outputs" => {
            let format = if *value == json!(true) {
                "json_schema"
            } else {
                "json_object"
            };
            is_at("response_format.type", &json!(format), body)
        }
        "max_output_tokens" => {
            let names = ["max_tokens", "max_completion_tokens"];
            let found: Vec<_> = names.iter().filter_map(|name| body.get(*name)).collect();
            found == [value]
        }
        field => panic!("nobody says what becomes of {field}"),
    }
}

fn gemini(field: &str, value: &Value, body: &Value) -> bool {
    match field {
        "threshold" => {
            let settings = body["safetySettings"].as_array().unwrap();
            settings.len() == 5 && settings.iter().all(|one| one["threshold"] == *value)
        }
        "web_search_enabled" => tool("googleSearch", body).is_some() == (*value == json!(true)),
        field => panic!("nobody says what becomes of {field}"),
    }
}
