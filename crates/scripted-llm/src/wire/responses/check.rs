//! The provider's own rules.

use std::collections::HashSet;

use serde_json::Value;

use super::{BOUND, ENCRYPTED_REASONING, kind};
use crate::conversation::{Conversation, list_field, text_field};
use crate::ledger::{Ledger, is_stored, own_items, previous};
use crate::wire::seal;

/// Characters of a call's id.
const CALL_ID_CHARS_MAX: usize = 64;
/// Characters of an answer's id within those of its items.
const ANSWER_ID_CHARS: usize = 16;
/// Models that do not reason.
const PLAIN_MODELS: [&str; 2] = ["gpt-4", "chatgpt-"];
/// What other formats of the same provider call things.
const UNKNOWN_PARAMETERS: [&str; 9] = [
    "frequency_penalty",
    "logit_bias",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "presence_penalty",
    "reasoning_effort",
    "response_format",
    "stop",
];

pub(crate) fn check(
    body: &Value,
    conversation: &Conversation,
    ledger: &Ledger,
) -> Result<(), String> {
    let mut unknown = UNKNOWN_PARAMETERS.iter();
    if let Some(name) = unknown.find(|name| body.get(**name).is_some()) {
        return Err(format!("Unknown parameter: '{name}'."));
    }
    let is_plain = |prefix: &&str| conversation.model.starts_with(*prefix);
    if conversation.includes(ENCRYPTED_REASONING) && PLAIN_MODELS.iter().any(is_plain) {
        return Err("Encrypted content is not supported with this model.".into());
    }
    check_tools(list_field(body, "tools"))?;
    let own = own_items(body);
    let brings_output = own.iter().any(|item| kind(item) == "function_call_output");
    if previous(body).is_some() && brings_output {
        return Err("input: tool outputs may not be sent with 'previous_response_id'.".into());
    }
    check_items(&own, &conversation.model, is_stored(body))?;
    check_calls(&conversation.items)?;
    match replayed_response(body, &own, ledger) {
        Some(id) => Err(format!(
            "A search and the reasoning before it may not be sent again: continue '{id}'."
        )),
        None => Ok(()),
    }
}

fn check_tools(tools: &[Value]) -> Result<(), String> {
    for (at, tool) in tools.iter().enumerate() {
        let is_function = text_field(tool, "type") == "function";
        let has = |field: &str| tool.get(field).is_some();
        if is_function && !(has("name") && has("parameters") && has("strict")) {
            return Err(format!(
                "tools[{at}]: a function has a name, parameters and strict"
            ));
        }
        let is_search = text_field(tool, "type") == "web_search";
        if !is_function && !is_search {
            return Err(format!("Invalid value: tools[{at}].type."));
        }
    }
    Ok(())
}

/// Each item by itself, and what items of one answer need of each other.
fn check_items(items: &[Value], model: &str, store: bool) -> Result<(), String> {
    let mut ids: HashSet<&str> = HashSet::new();
    for (at, item) in items.iter().enumerate() {
        let (id, kind) = (text_field(item, "id"), kind(item));
        if !id.is_empty() && !ids.insert(id) {
            return Err(format!("Duplicate item found with id {id}."));
        }
        if id.is_empty() && matches!(kind, "reasoning" | "web_search_call") {
            return Err(format!("Missing required parameter: 'input[{at}].id'."));
        }
        if let Some(answer) = bound_to(id)
            && !ids.contains(format!("rs_{answer}").as_str())
        {
            return Err(format!(
                "Item '{id}' of type '{kind}' was provided without its required 'reasoning' \
                 item: 'rs_{answer}'."
            ));
        }
        if kind == "reasoning" {
            let next = items.get(at + 1).map(|next| text_field(next, "id"));
            if next.and_then(bound_to) != id.strip_prefix("rs_") {
                return Err(format!(
                    "Item '{id}' of type 'reasoning' was provided without its required \
                     following item."
                ));
            }
            check_reasoning(item, model, store)?;
        }
    }
    Ok(())
}

fn check_reasoning(item: &Value, model: &str, store: bool) -> Result<(), String> {
    let id = text_field(item, "id");
    if item.get("summary").is_none_or(|it| !it.is_array()) {
        return Err(format!("Missing required parameter: 'summary' of {id}."));
    }
    match item.get("encrypted_content").and_then(Value::as_str) {
        Some(sealed) => {
            let own = seal::opened(sealed).is_some_and(|text| {
                text.strip_prefix(model)
                    .is_some_and(|rest| rest.starts_with('\n'))
            });
            if own {
                return Ok(());
            }
            Err(format!(
                "The encrypted content of {id} could not be verified."
            ))
        }
        None if store => Ok(()),
        None => Err(format!(
            "Item with id '{id}' not found. Items are not persisted when `store` is set to \
             false."
        )),
    }
}

/// The answer whose reasoning an item came after.
fn bound_to(id: &str) -> Option<&str> {
    let (_, rest) = id.strip_suffix(BOUND)?.split_once('_')?;
    rest.get(..ANSWER_ID_CHARS)
}

/// No output without its call, and no call twice. (A call without its output is refused on
/// every wire.)
fn check_calls(items: &[Value]) -> Result<(), String> {
    let mut open: HashSet<&str> = HashSet::new();
    for item in items {
        let id = text_field(item, "call_id");
        match kind(item) {
            "function_call" => {
                if id.is_empty() || id.len() > CALL_ID_CHARS_MAX {
                    return Err("Invalid 'call_id': 1 to 64 characters.".into());
                }
                if !open.insert(id) {
                    return Err(format!("Duplicate function call with call_id {id}."));
                }
                let args = text_field(item, "arguments");
                if serde_json::from_str::<Value>(args).is_err() {
                    return Err(format!("The arguments of {id} are not JSON."));
                }
            }
            "function_call_output" if !open.remove(id) => {
                return Err(format!(
                    "No tool call found for function call output with call_id {id}."
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The kept response that a request repeats instead of continuing it: the last one of the
/// conversation, with reasoning and a search, and only the user has spoken since.
fn replayed_response(body: &Value, items: &[Value], ledger: &Ledger) -> Option<String> {
    if previous(body).is_some() || !is_stored(body) {
        return None;
    }
    let is_user = |item: &Value| text_field(item, "role") == "user";
    let at = items
        .iter()
        .rposition(|item| kind(item) == "web_search_call")?;
    let answer = bound_to(text_field(items.get(at)?, "id"))?;
    let behind = items.get(at + 1..)?;
    let mut since = behind.iter().skip_while(|item| !is_user(item)).peekable();
    let called = behind
        .iter()
        .any(|item| kind(item) == "function_call_output");
    since.peek()?;
    let id = format!("resp_{answer}");
    (!called && since.all(is_user) && ledger.keeps(&id)).then_some(id)
}
