//! Gemini `generateContent`: <https://ai.google.dev/api/generate-content>.

mod check;
mod schema;
mod seal;
mod write;

use serde_json::Value;

pub(crate) use self::check::check;
pub(crate) use self::write::{error, events, stream_error, whole};
use crate::conversation::{
    Call, Conversation, Message, ToolResult, list_field, text_field, text_of,
};

/// The part of the path behind `models/`: model and method. `None` for a method that this
/// server does not have.
pub(crate) fn address(call: &str) -> Option<(&str, bool)> {
    let (model, method) = call.rsplit_once(':')?;
    match method {
        "streamGenerateContent" => Some((model, true)),
        "generateContent" => Some((model, false)),
        _ => None,
    }
}

pub(crate) fn read(body: &Value) -> Result<Conversation, String> {
    let config = body.get("generationConfig");
    let schema = config.and_then(|config| {
        let schema = config.get("responseSchema");
        schema.or_else(|| config.get("responseJsonSchema"))
    });
    let functions = functions(body);
    let mut conversation = Conversation {
        stream_usage: true,
        system: body
            .pointer("/systemInstruction/parts")
            .map(text_of)
            .unwrap_or_default(),
        tools: functions
            .map(|function| text_field(function, "name").to_owned())
            .collect(),
        structured: schema.is_some(),
        schema: schema.cloned(),
        no_calls: body
            .pointer("/toolConfig/functionCallingConfig/mode")
            .is_some_and(|mode| mode == "NONE"),
        ..Conversation::default()
    };
    for content in list_field(body, "contents") {
        read_content(content, &mut conversation)?;
    }
    if conversation.messages.is_empty() {
        return Err("* GenerateContentRequest.contents: contents is not specified".into());
    }
    Ok(conversation)
}

/// Everything that is declared as a function, over all tools.
fn functions(body: &Value) -> impl Iterator<Item = &Value> {
    list_field(body, "tools")
        .iter()
        .flat_map(|tool| list_field(tool, "functionDeclarations"))
}

fn read_content(content: &Value, conversation: &mut Conversation) -> Result<(), String> {
    let parts = list_field(content, "parts");
    match text_field(content, "role") {
        "model" => {
            read_answer(parts, conversation);
            Ok(())
        }
        "" | "user" | "function" => {
            read_user(parts, conversation);
            Ok(())
        }
        other => Err(format!(
            "Please use a valid role: user, model. Not: {other}"
        )),
    }
}

/// Contents of the model in a row are one answer: clients keep the chunks of a stream so.
fn read_answer(parts: &[Value], conversation: &mut Conversation) {
    let place = conversation.messages.len();
    if !matches!(
        conversation.messages.last(),
        Some(Message::Assistant { .. })
    ) {
        conversation.messages.push(Message::Assistant {
            text: String::new(),
            calls: Vec::new(),
        });
    }
    let Some(Message::Assistant { text, calls }) = conversation.messages.last_mut() else {
        return;
    };
    for part in parts {
        if !is_thought(part) {
            text.push_str(text_field(part, "text"));
        }
        if let Some(call) = part.get("functionCall") {
            let id = match text_field(call, "id") {
                // Told apart by their place, like the results are.
                "" => format!("{place}.{}", calls.len()),
                id => id.to_owned(),
            };
            let name = text_field(call, "name").to_owned();
            calls.push(Call { id, name });
        }
    }
}

fn read_user(parts: &[Value], conversation: &mut Conversation) {
    let responses = parts.iter().filter_map(|part| part.get("functionResponse"));
    let responses: Vec<&Value> = responses.collect();
    if responses.is_empty() {
        let text = text_of(&Value::Array(parts.to_vec()));
        conversation.messages.push(Message::User { text });
        return;
    }
    let mut open: Vec<Call> = match conversation.messages.last() {
        Some(Message::Assistant { text: _, calls }) => calls.clone(),
        Some(Message::User { .. } | Message::Results(_)) | None => Vec::new(),
    };
    // Pictures stand behind the results that they belong to.
    let shown = parts.iter().any(|part| part.get("inlineData").is_some());
    let results = responses.iter().map(|response| {
        let at = open.iter().position(|call| answers(response, call));
        let call_id = at.map_or_else(String::new, |at| open.remove(at).id);
        let outcome = response.get("response").unwrap_or(&Value::Null);
        let error = outcome.get("error");
        let said = error.or_else(|| outcome.get("output")).unwrap_or(outcome);
        ToolResult {
            call_id,
            text: said
                .as_str()
                .map_or_else(|| said.to_string(), str::to_owned),
            error: error.is_some(),
            media: shown || !list_field(response, "parts").is_empty(),
        }
    });
    let results = results.collect();
    conversation.push_results(results);
}

/// Whether a response belongs to a call: by id where it has one, else by name.
fn answers(response: &Value, call: &Call) -> bool {
    match text_field(response, "id") {
        "" => text_field(response, "name") == call.name,
        id => id == call.id,
    }
}

fn is_thought(part: &Value) -> bool {
    part.get("thought").and_then(Value::as_bool) == Some(true)
}
