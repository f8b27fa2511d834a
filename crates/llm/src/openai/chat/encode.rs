//! From a request to the body of `POST /chat/completions`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Dialect;
use super::wire::{
    Body, CacheControl, Choice, Function, ImageUrl, JsonSchema, Name, ResponseFormat,
    StreamOptions, Tool, Turn, UserContent, UserPart, WireFile,
};
use crate::codec::sendable_args;
use crate::model::{Delivery, Message, Request, Role, ToolChoice};
use crate::options::{Wire, put};
use crate::part::{File, FileData, Format, Native, Part, ToolCall, ToolContent, ToolResult};

/// Anthropic's models take this many cache marks in one request.
const CACHE_MARKS_MAX: usize = 4;
/// Where gateways keep reasoning with its signatures.
pub(super) const DETAILS: &str = "reasoning_details";

pub(super) fn body(request: &Request, dialect: Dialect) -> Body<'_> {
    let (params, options) = (&request.params, &request.options);
    let limit = options.whole("max_completion_tokens");
    let limit = limit.or(params.max_output_tokens);
    let limit_if = |wanted: bool| limit.filter(|_| wanted);
    let streamed = request.delivery == Delivery::Streamed;
    let has_tools = !request.tools.is_empty();
    Body {
        messages: turns(request, dialect),
        model: &request.model,
        frequency_penalty: params.frequency_penalty,
        max_completion_tokens: limit_if(dialect.is_openai()),
        max_tokens: limit_if(!dialect.is_openai()),
        parallel_tool_calls: options.flag("parallel_tool_calls").filter(|_| has_tools),
        presence_penalty: params.presence_penalty,
        response_format: response_format(request, dialect),
        stop: &params.stop,
        stream: streamed.then_some(true),
        stream_options: streamed.then_some(StreamOptions {
            include_usage: true,
        }),
        temperature: params.temperature,
        tool_choice: tool_choice(request),
        tools: tools(request),
        top_p: params.top_p,
        options: placed_options(request, dialect),
    }
}

/// What the table of options places by itself, and what a gateway has to be told anyway.
fn placed_options(request: &Request, dialect: Dialect) -> Map<String, Value> {
    let effort = request.params.reasoning_effort;
    let provider = dialect.provider();
    let mut body = request.options.body(provider, Wire::Chat, effort);
    if dialect == Dialect::Openrouter && request.options.get("include_usage").is_none() {
        // Without it the answer says neither what was cached nor what was thought.
        put(&mut body, "usage.include", true.into());
    }
    body
}

/// Whether the model takes a JSON schema; otherwise it is told in words.
fn takes_schemas(request: &Request) -> bool {
    request.options.flag("structured_outputs") != Some(false)
}

fn response_format(request: &Request, dialect: Dialect) -> Option<ResponseFormat<'_>> {
    let wanted = request.response_schema.as_ref()?;
    if !takes_schemas(request) {
        return Some(ResponseFormat::JsonObject);
    }
    Some(ResponseFormat::JsonSchema {
        json_schema: JsonSchema {
            name: &wanted.name,
            schema: &wanted.schema,
            strict: dialect.is_openai().then_some(true),
        },
    })
}

fn tools(request: &Request) -> Vec<Tool<'_>> {
    let tools = request.tools.iter().map(|tool| Tool::Function {
        function: Function {
            name: &tool.name,
            description: &tool.description,
            parameters: &tool.input_schema,
        },
    });
    tools.collect()
}

fn tool_choice(request: &Request) -> Option<Choice<'_>> {
    if request.tools.is_empty() {
        return None;
    }
    match &request.tool_choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(Choice::Mode("none")),
        ToolChoice::Required => Some(Choice::Mode("required")),
        ToolChoice::Named(name) => Some(Choice::Named {
            kind: "function",
            function: Name { name },
        }),
    }
}

fn turns(request: &Request, dialect: Dialect) -> Vec<Turn<'_>> {
    let mut turns = Vec::new();
    let marks = Marks::of(request, dialect);
    turns.extend(system(request, &marks));
    let mut images: Vec<UserPart<'_>> = Vec::new();
    for (at, message) in request.messages.iter().enumerate() {
        // All results must directly follow their calls; pictures wait until the last of them.
        if message.role != Role::Tool {
            flush(&mut images, &mut turns);
        }
        match message.role {
            Role::User => turns.extend(user(message, dialect)),
            Role::Assistant => turns.extend(assistant(message, &request.model, dialect)),
            Role::Tool => {
                for part in &message.parts {
                    if let Part::ToolResult(result) = part {
                        turns.push(tool_result(result, &mut images));
                    }
                }
            }
        }
        if marks.has_message(at) {
            turns.last_mut().map(mark);
        }
    }
    flush(&mut images, &mut turns);
    turns
}

/// One system message: chat templates of local models often take no second one. Where marks
/// are understood its texts stay apart, for a mark ends one of them.
fn system<'a>(request: &'a Request, marks: &Marks) -> Option<Turn<'a>> {
    let told = request.response_schema.as_ref();
    let told = told.filter(|_| !takes_schemas(request));
    let told = told.map(|wanted| format!("Answer with JSON of this schema: {}", wanted.schema));
    let texts = request.system.iter().enumerate();
    let texts = texts.map(|(at, system)| (system.text.as_str(), marks.has_system(at)));
    let texts = texts.chain(told.as_deref().map(|told| (told, false)));
    let texts: Vec<_> = texts.filter(|(text, _)| !text.is_empty()).collect();
    if texts.is_empty() {
        return None;
    }
    let content = if texts.iter().any(|(_, marked)| *marked) {
        let parts = texts.into_iter().map(|(text, marked)| UserPart::Text {
            text: text.to_owned(),
            cache_control: marked.then_some(CacheControl::Ephemeral),
        });
        UserContent::Parts(parts.collect())
    } else {
        let texts = texts.into_iter().map(|(text, _)| text);
        UserContent::Text(join(texts.collect(), "\n\n"))
    };
    Some(Turn::System { content })
}

/// Which system texts and messages end a prefix that is worth caching.
struct Marks {
    system: Vec<bool>,
    messages: Vec<bool>,
}

impl Marks {
    /// Of too many marks the last ones stay: they cover the longest prefix.
    fn of(request: &Request, dialect: Dialect) -> Self {
        let mut left = if dialect.takes_cache_marks(&request.model) {
            CACHE_MARKS_MAX
        } else {
            0
        };
        let mut keep = |wanted: bool| {
            let kept = wanted && left > 0;
            left -= usize::from(kept);
            kept
        };
        let messages = request.messages.iter().rev();
        let mut messages: Vec<bool> = messages.map(|message| keep(message.cache_mark)).collect();
        let system = request.system.iter().rev();
        let mut system: Vec<bool> = system.map(|system| keep(system.cache_mark)).collect();
        messages.reverse();
        system.reverse();
        Self { system, messages }
    }

    fn has_system(&self, at: usize) -> bool {
        self.system.get(at).copied().unwrap_or_default()
    }

    fn has_message(&self, at: usize) -> bool {
        self.messages.get(at).copied().unwrap_or_default()
    }
}

/// Marks the last text of a turn; a turn without one carries no mark.
fn mark(turn: &mut Turn<'_>) {
    let content = match turn {
        Turn::System { content } | Turn::User { content } | Turn::Tool { content, .. } => content,
        Turn::Assistant {
            content: Some(content),
            ..
        } => content,
        Turn::Assistant { content: None, .. } => return,
    };
    if let UserContent::Text(text) = content {
        let text = std::mem::take(text);
        *content = UserContent::Parts(vec![UserPart::text(text)]);
    }
    if let UserContent::Parts(parts) = content {
        let texts = parts.iter_mut().rev().find_map(|part| match part {
            UserPart::Text { cache_control, .. } => Some(cache_control),
            UserPart::ImageUrl { .. } | UserPart::File { .. } => None,
        });
        if let Some(place) = texts {
            *place = Some(CacheControl::Ephemeral);
        }
    }
}

fn flush<'a>(images: &mut Vec<UserPart<'a>>, turns: &mut Vec<Turn<'a>>) {
    if !images.is_empty() {
        let content = UserContent::Parts(std::mem::take(images));
        turns.push(Turn::User { content });
    }
}

fn join(texts: Vec<&str>, between: &str) -> String {
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    texts.join(between)
}

fn user(message: &Message, dialect: Dialect) -> Option<Turn<'_>> {
    let parts = message
        .parts
        .iter()
        .filter_map(|part| user_part(part, dialect));
    let parts: Vec<UserPart<'_>> = parts.collect();
    let texts = parts.iter().map(|part| match part {
        UserPart::Text { text, .. } => Some(text.as_str()),
        UserPart::ImageUrl { .. } | UserPart::File { .. } => None,
    });
    // Plain text stays a plain string, which every server understands.
    let texts: Option<Vec<&str>> = texts.collect();
    let content = match texts {
        Some(texts) if texts.is_empty() => return None,
        Some(texts) => UserContent::Text(join(texts, "\n\n")),
        None => UserContent::Parts(parts),
    };
    Some(Turn::User { content })
}

fn user_part(part: &Part, dialect: Dialect) -> Option<UserPart<'_>> {
    match part {
        Part::Text(text) if text.text.is_empty() => None,
        Part::Text(text) => Some(UserPart::text(text.text.clone())),
        Part::File(file) => Some(file_part(file, dialect)),
        Part::Reasoning(_) | Part::ToolCall(_) | Part::ToolResult(_) | Part::Source(_) => None,
    }
}

fn file_part(file: &File, dialect: Dialect) -> UserPart<'_> {
    let File {
        media_type,
        name,
        data,
    } = file;
    let name = name.as_deref().unwrap_or("file");
    match data {
        FileData::Bytes(bytes) if media_type.starts_with("image/") => image(media_type, bytes),
        FileData::Bytes(bytes) if media_type.starts_with("text/") => {
            let content = String::from_utf8_lossy(bytes);
            UserPart::text(format!("{name}:\n\n{content}"))
        }
        FileData::Bytes(bytes) if dialect != Dialect::Compat && media_type == "application/pdf" => {
            let file = WireFile::Data {
                file_data: data_url(media_type, bytes),
                filename: name,
            };
            UserPart::File { file }
        }
        FileData::ProviderId(file_id) if dialect.is_openai() => UserPart::File {
            file: WireFile::Id { file_id },
        },
        FileData::Bytes(_) | FileData::ProviderId(_) => UserPart::text(format!(
            "[file {name} of type {media_type}: not readable for this model]"
        )),
    }
}

fn data_url(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

fn image<'a>(media_type: &str, bytes: &[u8]) -> UserPart<'a> {
    let url = data_url(media_type, bytes);
    UserPart::ImageUrl {
        image_url: ImageUrl { url },
    }
}

fn assistant<'a>(message: &'a Message, model: &str, dialect: Dialect) -> Option<Turn<'a>> {
    let mut content = String::new();
    let mut reasoning = Map::new();
    let mut tool_calls = Vec::new();
    for part in &message.parts {
        match part {
            // Pieces of one text, cut by calls or citations: they belong together as they are.
            Part::Text(part) => content.push_str(&part.text),
            Part::Reasoning(part) => {
                let native = own(part.native.as_ref()).filter(|native| native.model == model);
                if let Some(Value::Object(fields)) = native.map(|native| &native.json) {
                    extend_reasoning(&mut reasoning, fields);
                }
            }
            Part::ToolCall(call) if !call.provider_executed => tool_calls.push(tool_call(call)),
            Part::ToolCall(_) | Part::ToolResult(_) | Part::File(_) | Part::Source(_) => {}
        }
    }
    if content.is_empty() && tool_calls.is_empty() {
        return None;
    }
    if dialect.is_gateway() && reasoning.contains_key(DETAILS) {
        // The details hold the text too, with its signatures.
        reasoning.retain(|field, _| field == DETAILS);
    }
    let content = (!content.is_empty()).then_some(UserContent::Text(content));
    Some(Turn::Assistant {
        content,
        reasoning,
        tool_calls,
    })
}

/// Several thoughts of one message go into one field: texts are joined, lists appended.
fn extend_reasoning(all: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (field, value) in more {
        match (all.get_mut(field), value) {
            (Some(Value::String(old)), Value::String(new)) => old.push_str(new),
            (Some(Value::Array(old)), Value::Array(new)) => old.extend(new.iter().cloned()),
            (Some(_), _) => {}
            (None, value) => {
                all.insert(field.clone(), value.clone());
            }
        }
    }
}

fn own(native: Option<&Native>) -> Option<&Native> {
    native.filter(|native| native.provider_format == Format::OpenaiChat)
}

fn tool_call(call: &ToolCall) -> Value {
    let arguments = sendable_args(&call.args);
    let mut json = json!({
        "id": call.id,
        "type": "function",
        "function": { "name": call.name, "arguments": arguments },
    });
    // What a dialect added to its call goes back with it; the view decides over the rest.
    if let Some(Value::Object(fields)) = own(call.native.as_ref()).map(|native| &native.json)
        && let Some(target) = json.as_object_mut()
    {
        for (field, value) in fields {
            target.entry(field.clone()).or_insert_with(|| value.clone());
        }
    }
    json
}

/// This format has no media in results: the text announces it, a user message carries it.
fn tool_result<'a>(result: &'a ToolResult, images: &mut Vec<UserPart<'a>>) -> Turn<'a> {
    let mut texts: Vec<String> = Vec::new();
    for piece in &result.content {
        match piece {
            ToolContent::Text(text) => texts.push(text.clone()),
            ToolContent::Json(value) => texts.push(value.to_string()),
            ToolContent::Media {
                media_type,
                bytes,
                text,
            } => {
                texts.extend(text.clone());
                if media_type.starts_with("image/") {
                    texts.push("[image follows]".to_owned());
                    let caption = format!("Image from the result of {}:", result.name);
                    images.push(UserPart::text(caption));
                    images.push(image(media_type, bytes));
                } else {
                    let size = bytes.len();
                    texts.push(format!(
                        "[{media_type}, {size} bytes: not readable for this model]"
                    ));
                }
            }
        }
    }
    let text = join(texts.iter().map(String::as_str).collect(), "\n");
    let content = if result.is_error {
        format!("Error: {text}")
    } else {
        text
    };
    Turn::Tool {
        content: UserContent::Text(content),
        tool_call_id: &result.call_id,
    }
}
