//! The provider's own rules.

use std::collections::HashSet;

use serde_json::Value;

use super::{of_type, seal};
use crate::conversation::{Conversation, list_field, text_field};

/// Cache marks that one request may carry.
const CACHE_MARKS_MAX: usize = 4;
/// Characters of a tool id.
const TOOL_ID_CHARS_MAX: usize = 64;
/// The least that a model may think with.
const THINKING_TOKENS_MIN: u64 = 1_024;
/// Tools that the provider defines and that need a beta feature.
const BETA_TOOLS: [(&str, &str); 1] = [("computer_20251124", "computer-use-2025-11-24")];

pub(crate) fn check(body: &Value, conversation: &Conversation) -> Result<(), String> {
    let Some(max_tokens) = body.get("max_tokens").and_then(Value::as_u64) else {
        return Err("max_tokens: Field required".into());
    };
    let budget = thinking_budget(body);
    if let Some(budget) = budget {
        check_thinking(body, budget, max_tokens)?;
    }
    if count_marks(body) > CACHE_MARKS_MAX {
        return Err("a maximum of 4 blocks with cache_control may be provided".into());
    }
    check_tools(list_field(body, "tools"), &conversation.beta)?;
    for block in list_field(body, "system") {
        check_block(block).map_err(|what| format!("system: {what}"))?;
    }
    let messages = list_field(body, "messages");
    check_calls(messages)?;
    check_server_calls(messages)?;
    if budget.is_some() {
        check_thinking_replay(messages)?;
    }
    Ok(())
}

/// The budget, where thinking is on; `adaptive` thinking has none.
fn thinking_budget(body: &Value) -> Option<u64> {
    let thinking = body.get("thinking")?;
    (text_field(thinking, "type") == "enabled")
        .then(|| thinking.get("budget_tokens").and_then(Value::as_u64))?
        .or(Some(0))
}

fn check_thinking(body: &Value, budget: u64, max_tokens: u64) -> Result<(), String> {
    if budget < THINKING_TOKENS_MIN {
        return Err("thinking.enabled.budget_tokens: should be at least 1024".into());
    }
    if budget >= max_tokens {
        return Err("`max_tokens` must be greater than `thinking.budget_tokens`".into());
    }
    let samples = ["temperature", "top_p", "top_k"];
    if let Some(key) = samples.into_iter().find(|key| body.get(key).is_some()) {
        return Err(format!("{key}: may not be set when thinking is enabled"));
    }
    let choice = body
        .get("tool_choice")
        .map(|choice| text_field(choice, "type"));
    if matches!(choice, Some("any" | "tool")) {
        return Err("thinking may not be enabled when tool_choice forces tool use".into());
    }
    Ok(())
}

fn count_marks(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            let own = usize::from(fields.contains_key("cache_control"));
            own + fields.values().map(count_marks).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(count_marks).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn check_tools(tools: &[Value], beta: &str) -> Result<(), String> {
    let mut names = HashSet::new();
    for tool in tools {
        let (name, kind) = (text_field(tool, "name"), text_field(tool, "type"));
        if !names.insert(name) {
            return Err("tools: Tool names must be unique.".into());
        }
        let needed = BETA_TOOLS.iter().find(|(of, _)| *of == kind);
        if let Some((_, needed)) = needed
            && !beta.split(',').any(|named| named.trim() == *needed)
        {
            return Err(format!("tools: `{kind}` needs the beta feature {needed}"));
        }
        let lists = ["allowed_domains", "blocked_domains"];
        if lists.iter().all(|list| tool.get(list).is_some()) {
            return Err("tools: only one of `allowed_domains` and `blocked_domains`".into());
        }
        if kind.is_empty() && !tool.get("input_schema").is_some_and(Value::is_object) {
            return Err(format!("tools.{name}.input_schema: Field required"));
        }
    }
    Ok(())
}

/// Every call is answered by the next message, results first; no result without its call.
fn check_calls(messages: &[Value]) -> Result<(), String> {
    let mut open: HashSet<&str> = HashSet::new();
    for (at, message) in messages.iter().enumerate() {
        let blocks = list_field(message, "content");
        let is_result = |block: &Value| text_field(block, "type") == "tool_result";
        let answered: Vec<&str> = of_type(blocks, "tool_result")
            .map(|block| text_field(block, "tool_use_id"))
            .collect();
        if let Some(id) = open.iter().find(|id| !answered.contains(id)) {
            return Err(format!(
                "messages.{at}: `tool_use` ids were found without `tool_result` blocks \
                 immediately after: {id}"
            ));
        }
        if let Some(id) = answered.iter().find(|id| !open.contains(*id)) {
            return Err(format!("messages.{at}: unexpected `tool_use_id`: {id}"));
        }
        if answered.iter().collect::<HashSet<_>>().len() != answered.len() {
            return Err(format!(
                "messages.{at}: each `tool_use` has one `tool_result`"
            ));
        }
        if blocks
            .iter()
            .skip_while(|block| is_result(block))
            .any(is_result)
        {
            return Err(format!(
                "messages.{at}: `tool_result` blocks must come first"
            ));
        }
        for (index, block) in blocks.iter().enumerate() {
            check_block(block).map_err(|what| format!("messages.{at}.content.{index}: {what}"))?;
        }
        open = of_type(blocks, "tool_use")
            .map(|block| text_field(block, "id"))
            .collect();
        if open.len() != of_type(blocks, "tool_use").count() {
            return Err(format!("messages.{at}: `tool_use` ids must be unique"));
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err("the last `tool_use` has no `tool_result`".into())
    }
}

/// Calls that the provider itself runs are answered in the same message; only the last message
/// may end in one that is still open.
fn check_server_calls(messages: &[Value]) -> Result<(), String> {
    for (at, message) in messages.iter().enumerate() {
        let mut open: HashSet<&str> = HashSet::new();
        for block in list_field(message, "content") {
            let kind = text_field(block, "type");
            if kind == "server_tool_use" {
                check_id(text_field(block, "id"))?;
                open.insert(text_field(block, "id"));
            } else if kind != "tool_result" && kind.ends_with("_tool_result") {
                let id = text_field(block, "tool_use_id");
                if !open.remove(id) {
                    return Err(format!("messages.{at}: `{kind}` without its call: {id}"));
                }
                check_found(block).map_err(|what| format!("messages.{at}: {what}"))?;
            }
        }
        if !open.is_empty() && at + 1 < messages.len() {
            return Err(format!(
                "messages.{at}: `server_tool_use` without a corresponding result block"
            ));
        }
    }
    Ok(())
}

fn check_found(block: &Value) -> Result<(), String> {
    let altered = |found: &&Value| !seal::is_sealed(text_field(found, "encrypted_content"));
    if list_field(block, "content")
        .iter()
        .any(|found| altered(&found))
    {
        return Err("Invalid `encrypted_content` in `search_result` block".into());
    }
    Ok(())
}

/// With thinking on, the answer whose calls are being answered must begin with its thoughts.
fn check_thinking_replay(messages: &[Value]) -> Result<(), String> {
    let answers_calls = messages.last().is_some_and(|last| {
        of_type(list_field(last, "content"), "tool_result")
            .next()
            .is_some()
    });
    let mut assistants = messages.iter().rev();
    let assistant = assistants.find(|message| text_field(message, "role") == "assistant");
    let first = assistant.and_then(|message| list_field(message, "content").first());
    let kind = first.map_or("", |block| text_field(block, "type"));
    if answers_calls && !matches!(kind, "thinking" | "redacted_thinking") {
        return Err(format!(
            "Expected `thinking` or `redacted_thinking`, but found `{kind}`. When `thinking` is \
             enabled, a final `assistant` message must start with a thinking block"
        ));
    }
    Ok(())
}

fn check_block(block: &Value) -> Result<(), String> {
    match text_field(block, "type") {
        "text" if text_field(block, "text").trim().is_empty() => {
            Err("text content blocks must be non-empty".into())
        }
        "thinking" => {
            let thinking = text_field(block, "thinking");
            if thinking.is_empty() {
                Err("thinking blocks must be non-empty".into())
            } else if text_field(block, "signature") == seal::signature(thinking) {
                Ok(())
            } else {
                Err("Invalid `signature` in `thinking` block".into())
            }
        }
        "redacted_thinking" if !seal::is_sealed(text_field(block, "data")) => {
            Err("Invalid `data` in `redacted_thinking` block".into())
        }
        "tool_use" => check_id(text_field(block, "id")),
        _ => Ok(()),
    }
}

fn check_id(id: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !id.is_empty() && id.len() <= TOOL_ID_CHARS_MAX && id.chars().all(legal) {
        return Ok(());
    }
    Err("tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'".into())
}
