//! The provider's own rules.

use serde_json::Value;

use super::{functions, is_thought, schema, seal};
use crate::conversation::{Conversation, list_field, text_field};

/// Fields of a request.
const FIELDS: [&str; 10] = [
    "model",
    "contents",
    "systemInstruction",
    "tools",
    "toolConfig",
    "safetySettings",
    "generationConfig",
    "cachedContent",
    "labels",
    "serviceTier",
];
/// Fields of a part that hold what it is.
const DATA: [&str; 9] = [
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

pub(crate) fn check(body: &Value, _conversation: &Conversation) -> Result<(), String> {
    let fields = body.as_object();
    let mut names = fields.into_iter().flat_map(|fields| fields.keys());
    if let Some(name) = names.find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."
        ));
    }
    check_tools(body)?;
    if let Some(wanted) = body.pointer("/generationConfig/responseSchema") {
        schema::check(wanted, "generation_config.response_schema")?;
    }
    let own = ["systemInstruction", "tools", "toolConfig"];
    if body.get("cachedContent").is_some() && own.iter().any(|name| body.get(name).is_some()) {
        return Err(
            "CachedContent can not be used with GenerateContent request setting \
                    system_instruction, tools or tool_config."
                .into(),
        );
    }
    check_contents(body)
}

fn offers(body: &Value, tool: &str) -> bool {
    list_field(body, "tools")
        .iter()
        .any(|it| it.get(tool).is_some())
}

fn shows_steps(body: &Value) -> bool {
    body.pointer("/toolConfig/includeServerSideToolInvocations")
        .is_some_and(|flag| flag == true)
}

fn check_tools(body: &Value) -> Result<(), String> {
    for (at, function) in functions(body).enumerate() {
        let place = format!("tools[0].function_declarations[{at}].parameters");
        let Some(parameters) = function.get("parameters") else {
            continue;
        };
        schema::check(parameters, &place)?;
        let properties = parameters.get("properties").and_then(Value::as_object);
        if properties.is_none_or(serde_json::Map::is_empty) {
            return Err(format!(
                "{place}.properties: should be non-empty for OBJECT type"
            ));
        }
    }
    let mixes = offers(body, "googleSearch") && functions(body).next().is_some();
    if mixes && !shows_steps(body) {
        return Err(
            "Please enable tool_config.include_server_side_tool_invocations to use \
                    Built-in tools with Function calling."
                .into(),
        );
    }
    Ok(())
}

/// Contents of one side in a row.
struct Run<'a> {
    is_model: bool,
    parts: Vec<&'a Value>,
}

fn runs(contents: &[Value]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for content in contents {
        let is_model = text_field(content, "role") == "model";
        let parts = list_field(content, "parts").iter();
        match runs.last_mut().filter(|run| run.is_model && is_model) {
            Some(run) => run.parts.extend(parts),
            None => runs.push(Run {
                is_model,
                parts: parts.collect(),
            }),
        }
    }
    runs
}

fn check_contents(body: &Value) -> Result<(), String> {
    let contents = list_field(body, "contents");
    for (at, content) in contents.iter().enumerate() {
        let parts = list_field(content, "parts");
        if parts.is_empty() {
            return Err(format!(
                "* GenerateContentRequest.contents[{at}].parts: contents.parts must not be empty."
            ));
        }
        for part in parts {
            let held = DATA.iter().filter(|name| part.get(name).is_some());
            if held.count() != 1 {
                return Err(format!(
                    "* GenerateContentRequest.contents[{at}].parts: required oneof field 'data' \
                     must have one initialized field"
                ));
            }
        }
    }
    let runs = runs(contents);
    let is_person = |run: &Run<'_>| !run.is_model && responses(run).next().is_none();
    let turn_start = runs.iter().rposition(is_person).unwrap_or(0);
    let mut asked: Option<&Run<'_>> = None;
    for (at, run) in runs.iter().enumerate() {
        check_responses(asked, run)?;
        if run.is_model {
            let is_current = at > turn_start;
            check_signatures(run, is_current)?;
            check_steps(run, body)?;
            if at == 0 && calls(run).next().is_some() {
                return Err(
                    "Please ensure that function call turn comes immediately after a \
                            user turn or after a function response turn."
                        .into(),
                );
            }
        }
        asked = run.is_model.then_some(run);
    }
    match asked {
        Some(run) if calls(run).next().is_some() => {
            Err("Please ensure that the last function call turn is answered.".into())
        }
        Some(_) | None => Ok(()),
    }
}

fn calls<'r>(run: &'r Run<'_>) -> impl Iterator<Item = &'r Value> {
    run.parts.iter().filter_map(|part| part.get("functionCall"))
}

fn responses<'r>(run: &'r Run<'_>) -> impl Iterator<Item = &'r Value> {
    run.parts
        .iter()
        .filter_map(|part| part.get("functionResponse"))
}

/// Results answer the calls right before them: as many, and in their order unless they have ids.
fn check_responses(asked: Option<&Run<'_>>, run: &Run<'_>) -> Result<(), String> {
    let given: Vec<&Value> = responses(run).collect();
    let wanted: Vec<&Value> = asked.map(|run| calls(run).collect()).unwrap_or_default();
    if wanted.is_empty() && !given.is_empty() {
        return Err(
            "Please ensure that function response turn comes immediately after a \
                    function call turn."
                .into(),
        );
    }
    if given.len() != wanted.len() {
        return Err(
            "Please ensure that the number of function response parts is equal to the \
                    number of function call parts of the function call turn."
                .into(),
        );
    }
    for (call, response) in wanted.iter().zip(&given) {
        let same = |field: &str| text_field(call, field) == text_field(response, field);
        if !same("name") || !same("id") {
            return Err(format!(
                "function response {} does not belong to function call {}",
                text_field(response, "name"),
                text_field(call, "name")
            ));
        }
        if !response.get("response").is_some_and(Value::is_object) {
            return Err("function_response.response: must be a Struct".into());
        }
    }
    Ok(())
}

/// Signatures are where they were and sign what they signed. Past turns may have lost theirs.
fn check_signatures(run: &Run<'_>, is_current: bool) -> Result<(), String> {
    let mut text = String::new();
    let mut has_call = false;
    for part in run.parts.iter().filter(|part| !is_thought(part)) {
        let sent = part.get("thoughtSignature").and_then(Value::as_str);
        let made = if let Some(call) = part.get("functionCall") {
            let is_first = !std::mem::replace(&mut has_call, true);
            let name = text_field(call, "name");
            if is_current && is_first && sent.is_none() {
                return Err(format!(
                    "Function call is missing a thought_signature in functionCall parts. \
                     Additional data, function call `{name}`"
                ));
            }
            seal::of_call(name, call.get("args").unwrap_or(&Value::Null))
        } else if let Some((field, step)) = step_of(part) {
            seal::of_step(field, text_field(step, "id"))
        } else {
            text.push_str(text_field(part, "text"));
            seal::of_text(&text)
        };
        let is_true = |sent: &str| seal::is_foreign(sent) || seal::is_same(sent, &made);
        if sent.is_some_and(|sent| !is_true(sent)) {
            return Err("Thought signature is not valid.".into());
        }
    }
    Ok(())
}

/// Steps of the provider's own searches come in signed pairs, and where they were asked for.
fn check_steps(run: &Run<'_>, body: &Value) -> Result<(), String> {
    let mut open: Option<&str> = None;
    for part in &run.parts {
        let Some((field, step)) = step_of(part) else {
            continue;
        };
        let id = text_field(step, "id");
        if !shows_steps(body) {
            return Err("Tool call context circulation is not enabled".into());
        }
        if part.get("thoughtSignature").is_none() {
            return Err(format!("{field} {id} is missing a thought_signature"));
        }
        match (field, open.take()) {
            ("toolCall", None) => open = Some(id),
            ("toolResponse", Some(call)) if call == id => {}
            _ => return Err(format!("{field} {id} has no counterpart")),
        }
    }
    match open {
        Some(id) => Err(format!("toolCall {id} has no counterpart")),
        None => Ok(()),
    }
}

fn step_of(part: &Value) -> Option<(&'static str, &Value)> {
    ["toolCall", "toolResponse"]
        .into_iter()
        .find_map(|field| Some((field, part.get(field)?)))
}
