//! From a request to the body of `POST /v1/messages`.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use muster_base::limits::OUTPUT_TOKENS_DEFAULT;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::generation::thinks_adaptively;
use super::tools::tools;
use super::wire::{Blob, Block, Body, Built, CacheControl, Choice, Content, Thinking, Tool, Turn};
use crate::codec::sendable_args;
use crate::model::{Delivery, Message, Request, Role, ToolChoice};
use crate::options::{Wire, put};
use crate::part::{File, FileData, Format, Native, Part, Reasoning, ToolContent, ToolResult};
use crate::provider::ProviderKind;

/// The provider accepts this many cache marks in one request.
const CACHE_MARKS_MAX: usize = 4;
/// The least the provider lets a model think with.
const THINKING_TOKENS_MIN: u32 = 1_024;
/// Characters of a tool-call id.
const TOOL_ID_CHARS_MAX: usize = 64;
/// Pictures the provider takes.
const IMAGE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

pub(super) fn body(request: &Request) -> Body<'_> {
    let marks = cache_marks(request);
    let (system_marks, message_marks) = marks.split_at(request.system.len());
    let messages = turns(request, message_marks);
    let params = &request.params;
    let max_tokens = params.max_output_tokens.unwrap_or(OUTPUT_TOKENS_DEFAULT);
    let thinking = thinking(request, max_tokens, &messages);
    // Thinking fixes the sampling: the provider refuses any of these beside it, and the models
    // that think as they like refuse them always.
    let sampling = thinking.is_none() && !thinks_adaptively(&request.model);
    let tools = tools(request);
    Body {
        max_tokens,
        messages,
        model: &request.model,
        stop_sequences: &params.stop,
        stream: (request.delivery == Delivery::Streamed).then_some(true),
        system: system(request, system_marks),
        temperature: params.temperature.filter(|_| sampling),
        tool_choice: tool_choice(request, &tools, thinking.is_some()),
        thinking,
        tools,
        top_k: params.top_k.filter(|_| sampling),
        top_p: params.top_p.filter(|_| sampling),
        options: options(request),
    }
}

/// Which system texts, then which messages, carry a cache mark. Of too many the last ones win:
/// they cover the longest prefix.
fn cache_marks(request: &Request) -> Vec<bool> {
    let system = request.system.iter().map(|system| system.cache_mark);
    let messages = request.messages.iter().map(|message| message.cache_mark);
    let mut marks: Vec<bool> = system.chain(messages).collect();
    let mut left = CACHE_MARKS_MAX;
    for mark in marks.iter_mut().rev().filter(|mark| **mark) {
        *mark = left > 0;
        left = left.saturating_sub(1);
    }
    marks
}

fn system<'a>(request: &'a Request, marks: &[bool]) -> Vec<Block<'a>> {
    let texts = request.system.iter().zip(marks);
    let texts = texts.filter(|(system, _)| !is_blank(&system.text));
    let blocks = texts.map(|(system, mark)| Block {
        content: Content::Built(Built::Text {
            text: system.text.clone(),
        }),
        cache_control: mark.then_some(CacheControl::Ephemeral),
    });
    blocks.collect()
}

fn tool_choice<'a>(request: &'a Request, tools: &[Tool<'_>], thinking: bool) -> Option<Choice<'a>> {
    if tools.is_empty() {
        return None;
    }
    // A forced call is not allowed beside thinking; the model then decides.
    let (kind, name) = match &request.tool_choice {
        ToolChoice::None => ("none", None),
        ToolChoice::Required if !thinking => ("any", None),
        ToolChoice::Named(name) if !thinking => ("tool", Some(name.as_str())),
        ToolChoice::Auto | ToolChoice::Required | ToolChoice::Named(_) => ("auto", None),
    };
    let one_call =
        request.options.flag("disable_parallel_tool_use") == Some(true) && kind != "none";
    let is_default = kind == "auto" && !one_call;
    (!is_default).then_some(Choice {
        kind,
        name,
        disable_parallel_tool_use: one_call.then_some(true),
    })
}

/// What the table of options places, with the format of the answer beside the effort.
fn options(request: &Request) -> Map<String, Value> {
    let effort = request.params.reasoning_effort;
    let provider = ProviderKind::Anthropic;
    let mut options = request.options.body(provider, Wire::Messages, effort);
    if let Some(wanted) = &request.response_schema {
        let format = json!({"type": "json_schema", "schema": wanted.schema});
        put(&mut options, "output_config.format", format);
    }
    options
}

/// A model that thinks as it likes is let to when anything is said about thinking: its effort,
/// or a budget from the time of an older model.
///
/// A budget needs room below the output limit, and a turn that began without thinking must go
/// on without it: the provider refuses results of a call whose message does not start with it.
fn thinking(request: &Request, max_tokens: u32, turns: &[Turn<'_>]) -> Option<Thinking> {
    let wanted = request.options.get("thinking");
    if thinks_adaptively(&request.model) {
        let is_wanted = wanted.is_some() || request.params.reasoning_effort.is_some();
        // Unless they are asked to, these models do not show what they think.
        let display = "summarized";
        return is_wanted.then_some(Thinking::Adaptive { display });
    }
    let budget = wanted?.get("budget_tokens")?;
    let budget = u32::try_from(budget.as_u64()?).ok()?;
    let room = max_tokens
        .checked_sub(1)
        .filter(|room| *room >= THINKING_TOKENS_MIN)?;
    let answers_results = turns.last().is_some_and(|turn| {
        turn.content
            .iter()
            .any(|block| matches!(block.content, Content::Built(Built::ToolResult { .. })))
    });
    let assistant = turns.iter().rev().find(|turn| turn.role == "assistant");
    let began_thinking = assistant
        .and_then(|turn| turn.content.first())
        .is_some_and(|block| is_thinking(&block.content));
    (!answers_results || began_thinking).then_some(Thinking::Enabled {
        budget_tokens: budget.clamp(THINKING_TOKENS_MIN, room),
    })
}

fn is_thinking(content: &Content<'_>) -> bool {
    match content {
        Content::Native(block) => {
            let kind = block.get("type").and_then(Value::as_str);
            matches!(kind, Some("thinking" | "redacted_thinking"))
        }
        // Thoughts are always the provider's own blocks.
        Content::Built(_) => false,
    }
}

/// Messages as alternating turns: neighbours of one role are merged, results come first.
fn turns<'a>(request: &'a Request, marks: &[bool]) -> Vec<Turn<'a>> {
    let pairs = paired_calls(&request.messages);
    let mut turns: Vec<Turn<'a>> = Vec::new();
    for (message, mark) in request.messages.iter().zip(marks) {
        let role = match message.role {
            Role::Assistant => "assistant",
            Role::User | Role::Tool => "user",
        };
        let blocks = message
            .parts
            .iter()
            .filter_map(|part| block(part, request, &pairs));
        let mut content: Vec<Block<'a>> = blocks.map(Block::from).collect();
        if *mark {
            // Thinking cannot carry a mark.
            let last = content
                .iter_mut()
                .rev()
                .find(|block| !is_thinking(&block.content));
            if let Some(last) = last {
                last.cache_control = Some(CacheControl::Ephemeral);
            }
        }
        if content.is_empty() {
            continue;
        }
        match turns.last_mut().filter(|turn| turn.role == role) {
            Some(turn) => turn.content.append(&mut content),
            None => turns.push(Turn { role, content }),
        }
    }
    for turn in turns.iter_mut().filter(|turn| turn.role == "user") {
        turn.content.sort_by_key(|block| {
            !matches!(block.content, Content::Built(Built::ToolResult { .. }))
        });
    }
    turns
}

/// Ids of provider-run calls that may be sent: those with a result, and those of the last
/// message, where a pause may have left a call open.
fn paired_calls(messages: &[Message]) -> HashSet<&str> {
    let parts = || messages.iter().flat_map(|message| &message.parts);
    let results: HashSet<&str> = parts().filter_map(server_result_id).collect();
    let last = messages.last().into_iter();
    let open: HashSet<&str> = last
        .flat_map(|message| &message.parts)
        .filter_map(server_call_id)
        .collect();
    let calls = parts().filter_map(server_call_id);
    calls
        .filter(|id| results.contains(id) || open.contains(id))
        .collect()
}

fn server_call_id(part: &Part) -> Option<&str> {
    let Part::ToolCall(call) = part else {
        return None;
    };
    // A call whose arguments were cut has no block that could go back.
    let is_sendable = call.provider_executed && own(call.native.as_ref()).is_some();
    is_sendable.then_some(call.id.as_str())
}

fn server_result_id(part: &Part) -> Option<&str> {
    if let Part::ToolResult(result) = part {
        return result.provider_executed.then_some(result.call_id.as_str());
    }
    None
}

/// One part as a block; `None` is what this format cannot or must not carry.
fn block<'a>(part: &'a Part, request: &Request, pairs: &HashSet<&str>) -> Option<Content<'a>> {
    match part {
        Part::Text(text) if is_blank(&text.text) => None,
        Part::Text(text) => Some(match own(text.native.as_ref()) {
            Some(native) => Content::Native(native.json.clone()),
            None => built(Built::Text {
                text: text.text.clone(),
            }),
        }),
        Part::Reasoning(_) if request.options.flag("send_reasoning") == Some(false) => None,
        Part::Reasoning(reasoning) => thinking_block(reasoning, &request.model),
        Part::ToolCall(call) if call.provider_executed => {
            let native = own(call.native.as_ref())?;
            pairs
                .contains(call.id.as_str())
                .then(|| Content::Native(native.json.clone()))
        }
        Part::ToolCall(call) => {
            let id = sendable_id(&call.id);
            let input = RawValue::from_string(sendable_args(&call.args)).ok()?;
            Some(match own(call.native.as_ref()) {
                Some(native) => Content::Native(with_id(native, id)),
                None => built(Built::ToolUse {
                    id,
                    name: &call.name,
                    input,
                }),
            })
        }
        Part::ToolResult(result) if result.provider_executed => {
            let native = own(result.native.as_ref())?;
            pairs
                .contains(result.call_id.as_str())
                .then(|| Content::Native(native.json.clone()))
        }
        Part::ToolResult(result) => Some(tool_result(result)),
        Part::File(file) => Some(file_block(file)),
        Part::Source(_) => None,
    }
}

/// The provider refuses a text block without a visible character.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

const fn built(block: Built<'_>) -> Content<'_> {
    Content::Built(block)
}

/// A native block, if it is of this format.
fn own(native: Option<&Native>) -> Option<&Native> {
    native.filter(|native| native.provider_format == Format::AnthropicMessages)
}

/// The prompt may have renamed a call to keep ids unique; the view is right.
fn with_id(native: &Native, id: String) -> Value {
    let mut json = native.json.clone();
    if let Some(block) = json.as_object_mut() {
        block.insert("id".to_owned(), id.into());
    }
    json
}

/// Thinking goes back signed and to its own model, or not at all. The block is the provider's
/// own: a signature holds for nothing else.
fn thinking_block<'a>(reasoning: &'a Reasoning, model: &str) -> Option<Content<'a>> {
    let native = own(reasoning.native.as_ref()).filter(|native| native.model == model)?;
    let proof = ["signature", "data"].into_iter().find_map(|field| {
        let proof = native.json.get(field)?.as_str()?;
        (!proof.is_empty()).then_some(proof)
    });
    proof.map(|_| Content::Native(native.json.clone()))
}

fn tool_result(result: &ToolResult) -> Content<'_> {
    let mut content: Vec<Block<'_>> = Vec::new();
    let text = |content: &mut Vec<Block<'_>>, text: &str| {
        if !is_blank(text) {
            content.push(
                built(Built::Text {
                    text: text.to_owned(),
                })
                .into(),
            );
        }
    };
    for piece in &result.content {
        match piece {
            ToolContent::Text(piece) => text(&mut content, piece),
            ToolContent::Json(value) => text(&mut content, &value.to_string()),
            ToolContent::Media {
                media_type,
                bytes,
                text: caption,
            } => {
                text(&mut content, caption.as_deref().unwrap_or_default());
                content.push(media(media_type, bytes, None).into());
            }
        }
    }
    if content.is_empty() && result.is_error {
        // The provider refuses an error without a word.
        text(&mut content, "The tool failed without a message.");
    }
    built(Built::ToolResult {
        tool_use_id: sendable_id(&result.call_id),
        content,
        is_error: result.is_error,
    })
}

fn file_block(file: &File) -> Content<'_> {
    let name = file.name.as_deref();
    match &file.data {
        FileData::Bytes(bytes) => media(&file.media_type, bytes, name),
        FileData::ProviderId(file_id) if file.media_type.starts_with("image/") => {
            built(Built::Image {
                source: Blob::File { file_id },
            })
        }
        FileData::ProviderId(file_id) => built(Built::Document {
            source: Blob::File { file_id },
            title: name,
        }),
    }
}

fn media<'a>(media_type: &'a str, bytes: &[u8], title: Option<&'a str>) -> Content<'a> {
    if IMAGE_TYPES.contains(&media_type) {
        let data = STANDARD.encode(bytes);
        return built(Built::Image {
            source: Blob::Base64 { media_type, data },
        });
    }
    if media_type == "application/pdf" {
        let data = STANDARD.encode(bytes);
        return built(Built::Document {
            source: Blob::Base64 { media_type, data },
            title,
        });
    }
    if media_type.starts_with("text/") && !bytes.is_empty() {
        let data = String::from_utf8_lossy(bytes).into_owned();
        let source = Blob::Text {
            media_type: "text/plain",
            data,
        };
        return built(Built::Document { source, title });
    }
    let name = title.unwrap_or("without a name");
    let text = format!("[file {name} of type {media_type}: not readable for this model]");
    built(Built::Text { text })
}

/// An id in the alphabet that the provider takes.
fn sendable_id(id: &str) -> String {
    let clean = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '_'
        }
    };
    let id: String = id.chars().take(TOOL_ID_CHARS_MAX).map(clean).collect();
    if id.is_empty() { "_".to_owned() } else { id }
}
