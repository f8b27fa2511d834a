//! The conversation as the format's list of items.
//!
//! The provider binds the items of one response to each other by their ids: whatever came
//! after a reasoning item is refused without it, and the reasoning without what followed. So
//! items go back with their ids and in their order, or without ids and without reasoning.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::wire::{Built, Content, Image, InputFile, Item, Output};
use crate::codec::sendable_args;
use crate::model::{Message, Request, Role};
use crate::part::{File, FileData, Format, Native, Part, Text, ToolCall, ToolContent, ToolResult};

/// Characters of a call's id.
const CALL_ID_CHARS_MAX: usize = 64;

pub(super) fn of(request: &Request, store: bool) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let refused = refused_replay(request, store);
    for (at, message) in request.messages.iter().enumerate() {
        match message.role {
            Role::User => items.extend(user(message)),
            Role::Assistant => {
                let answer = Answer {
                    model: &request.model,
                    store,
                    is_bound: refused != Some(at),
                };
                answer.push(message, &mut items);
            }
            Role::Tool => {
                for part in &message.parts {
                    if let Part::ToolResult(result) = part {
                        items.push(tool_output(result));
                    }
                }
            }
        }
    }
    items
}

/// The answer that the provider refuses to see again item by item. It keeps stored responses
/// and wants one with reasoning and a search of its own to be continued by its id. Where it is
/// not, only what the model said goes back.
fn refused_replay(request: &Request, store: bool) -> Option<usize> {
    if !store || request.previous_response_id.is_some() {
        return None;
    }
    let messages = &request.messages;
    let at = messages
        .iter()
        .rposition(|message| message.role != Role::User)?;
    let message = messages
        .get(at)
        .filter(|message| message.role == Role::Assistant && at + 1 < messages.len())?;
    let mut parts = message.parts.iter();
    let has_search = parts.any(is_own_search);
    let has_reasoning = message
        .parts
        .iter()
        .any(|part| matches!(part, Part::Reasoning(_)));
    (has_search && has_reasoning).then_some(at)
}

fn is_own_search(part: &Part) -> bool {
    match part {
        Part::ToolCall(call) => call.provider_executed && own(call.native.as_ref()).is_some(),
        Part::Text(_)
        | Part::Reasoning(_)
        | Part::ToolResult(_)
        | Part::File(_)
        | Part::Source(_) => false,
    }
}

/// How one answer of the model goes back.
struct Answer<'r> {
    model: &'r str,
    store: bool,
    /// Its items still hang together by their ids.
    is_bound: bool,
}

impl Answer<'_> {
    fn push<'a>(mut self, message: &'a Message, items: &mut Vec<Item<'a>>) {
        // Reasoning waits for the item that it led to.
        let mut thoughts: Vec<Map<String, Value>> = Vec::new();
        for part in &message.parts {
            let item = match part {
                Part::Reasoning(part) => {
                    match self.thought(part.native.as_ref()) {
                        Some(thought) => thoughts.push(thought),
                        None => self.unbind(&mut thoughts),
                    }
                    continue;
                }
                Part::Text(part) => self.text(part),
                Part::ToolCall(call) if call.provider_executed => self.provider_call(call),
                Part::ToolCall(call) => Some(self.call(call)),
                Part::ToolResult(_) | Part::File(_) | Part::Source(_) => None,
            };
            let Some(item) = item else { continue };
            let is_whole = matches!(&item, Item::Native(block) if block.contains_key("id"));
            if !is_whole {
                self.unbind(&mut thoughts);
            }
            items.extend(thoughts.drain(..).map(Item::Native));
            push_item(items, item);
        }
    }

    /// From here on nothing is bound to anything: what was left out cannot be made up for.
    fn unbind(&mut self, thoughts: &mut Vec<Map<String, Value>>) {
        thoughts.clear();
        self.is_bound = false;
    }

    /// A block of this format, for as long as its neighbours go back too.
    fn block(&self, native: Option<&Native>) -> Option<Map<String, Value>> {
        let native = own(native)?;
        let mut block = native.json.as_object().cloned()?;
        if !self.is_bound || native.model != self.model {
            block.remove("id");
        }
        Some(block)
    }

    /// Reasoning goes back to its own model, encrypted or to the provider that has kept it.
    fn thought(&self, native: Option<&Native>) -> Option<Map<String, Value>> {
        let mut block = self
            .block(native)
            .filter(|block| block.contains_key("id"))?;
        let is_encrypted = block.get("encrypted_content").is_some_and(Value::is_string);
        if is_encrypted {
            // The provider refuses a thought in plain text beside the encrypted one.
            block.remove("content");
        }
        (is_encrypted || self.store).then_some(block)
    }

    fn text<'a>(&self, part: &'a Text) -> Option<Item<'a>> {
        if let Some(block) = self.block(part.native.as_ref()) {
            return Some(Item::Native(block));
        }
        let content = vec![Content::OutputText { text: &part.text }];
        let role = "assistant";
        (!part.text.is_empty()).then_some(Item::Built(Built::Message { role, content }))
    }

    fn call<'a>(&self, call: &'a ToolCall) -> Item<'a> {
        let call_id = sendable_id(&call.id);
        let Some(mut block) = self.block(call.native.as_ref()) else {
            return Item::Built(Built::FunctionCall {
                arguments: sendable_args(&call.args),
                call_id,
                name: &call.name,
            });
        };
        let written = block.get("arguments").and_then(Value::as_str);
        let arguments = sendable_args(written.unwrap_or_default());
        block.insert("arguments".to_owned(), arguments.into());
        block.insert("call_id".to_owned(), call_id.into());
        Item::Native(block)
    }

    /// What the provider ran goes back whole or not at all: it means nothing to another model.
    fn provider_call(&self, call: &ToolCall) -> Option<Item<'static>> {
        let block = self.block(call.native.as_ref())?;
        block.contains_key("id").then_some(Item::Native(block))
    }
}

/// Adds an item; texts that were parts of one message become parts of one again.
fn push_item<'a>(items: &mut Vec<Item<'a>>, item: Item<'a>) {
    if let (Some(Item::Native(last)), Item::Native(new)) = (items.last_mut(), &item)
        && new.get("type").is_some_and(|kind| kind == "message")
        && new.get("id").is_some()
        && new.get("id") == last.get("id")
        && let Some(Value::Array(content)) = last.get_mut("content")
        && let Some(Value::Array(more)) = new.get("content")
    {
        content.extend(more.iter().cloned());
        return;
    }
    items.push(item);
}

fn own(native: Option<&Native>) -> Option<&Native> {
    native.filter(|native| native.provider_format == Format::OpenaiResponses)
}

fn sendable_id(id: &str) -> String {
    id.chars().take(CALL_ID_CHARS_MAX).collect()
}

fn user(message: &Message) -> Option<Item<'_>> {
    let content: Vec<Content<'_>> = message.parts.iter().filter_map(user_content).collect();
    let role = "user";
    (!content.is_empty()).then_some(Item::Built(Built::Message { role, content }))
}

fn user_content(part: &Part) -> Option<Content<'_>> {
    match part {
        Part::Text(text) => input_text(&text.text),
        Part::File(file) => Some(file_content(file)),
        Part::Reasoning(_) | Part::ToolCall(_) | Part::ToolResult(_) | Part::Source(_) => None,
    }
}

fn input_text(text: &str) -> Option<Content<'static>> {
    let text = text.to_owned();
    (!text.is_empty()).then_some(Content::InputText { text })
}

fn file_content(file: &File) -> Content<'_> {
    let name = file.name.as_deref();
    match &file.data {
        FileData::Bytes(bytes) => media(&file.media_type, bytes, name),
        FileData::ProviderId(file_id) if file.media_type.starts_with("image/") => {
            Content::InputImage {
                image: Image::Id { file_id },
                detail: "auto",
            }
        }
        FileData::ProviderId(file_id) => Content::InputFile {
            file: InputFile::Id { file_id },
        },
    }
}

fn media<'a>(media_type: &str, bytes: &[u8], name: Option<&'a str>) -> Content<'a> {
    let data_url = || format!("data:{media_type};base64,{}", STANDARD.encode(bytes));
    if media_type.starts_with("image/") {
        let image_url = data_url();
        return Content::InputImage {
            image: Image::Data { image_url },
            detail: "auto",
        };
    }
    if media_type == "application/pdf" {
        let file = InputFile::Data {
            file_data: data_url(),
            filename: name.unwrap_or("file.pdf"),
        };
        return Content::InputFile { file };
    }
    let name = name.unwrap_or("file");
    let text = if media_type.starts_with("text/") {
        format!("{name}:\n\n{}", String::from_utf8_lossy(bytes))
    } else {
        format!("[file {name} of type {media_type}: not readable for this model]")
    };
    Content::InputText { text }
}

fn tool_output(result: &ToolResult) -> Item<'_> {
    let mut parts: Vec<Content<'_>> = Vec::new();
    if result.is_error {
        // This format has no flag for it.
        parts.extend(input_text("Error:"));
    }
    for piece in &result.content {
        match piece {
            ToolContent::Text(text) => parts.extend(input_text(text)),
            ToolContent::Json(value) => parts.extend(input_text(&value.to_string())),
            ToolContent::Media {
                media_type,
                bytes,
                text,
            } => {
                parts.extend(text.as_deref().and_then(input_text));
                parts.push(media(media_type, bytes, None));
            }
        }
    }
    let texts = parts.iter().map(|part| match part {
        Content::InputText { text } => Some(text.as_str()),
        Content::OutputText { .. } | Content::InputImage { .. } | Content::InputFile { .. } => None,
    });
    let texts: Option<Vec<&str>> = texts.collect();
    let output = match texts {
        Some(texts) => Output::Text(texts.join(if result.is_error { " " } else { "\n" })),
        None => Output::Parts(parts),
    };
    Item::Built(Built::FunctionCallOutput {
        call_id: sendable_id(&result.call_id),
        output,
    })
}
