//! The end of an item: its final form becomes complete parts.

use serde_json::{Map, Value, json};

use super::{ItemKind, OpenItem, ResponsesDecoder, Stream};
use crate::model::StreamEvent;
use crate::part::{Reasoning, ToolCall, ToolContent, ToolResult};

/// Between the parts of a summary.
pub(super) const BETWEEN_SUMMARIES: &str = "\n\n";

impl ResponsesDecoder {
    /// Closes an item with its final form.
    pub(super) fn close_item(&mut self, wire: u64, item: Value, out: &mut Vec<StreamEvent>) {
        let is_known = self.open.iter().any(|open| open.wire == wire);
        if !is_known {
            self.open_item(wire, item.clone(), out);
        }
        let Some(at) = self.open.iter().position(|open| open.wire == wire) else {
            return;
        };
        let OpenItem {
            wire: _,
            kind,
            start,
            streams,
        } = self.open.remove(at);
        let done = match item {
            Value::Object(done) if item_kind(&done) == Some(kind) => done,
            Value::Object(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => start,
        };
        match kind {
            ItemKind::Message => self.close_message(done, streams, out),
            ItemKind::Reasoning => self.close_reasoning(&done, streams, out),
            ItemKind::LocalCall => self.close_call(&done, streams, out),
            ItemKind::ProviderCall => self.close_provider_call(&done, &streams, out),
        }
    }

    /// Every content part of a message is a text of its own; each keeps the message's frame.
    fn close_message(
        &mut self,
        mut message: Map<String, Value>,
        mut streams: Vec<Stream>,
        out: &mut Vec<StreamEvent>,
    ) {
        let content = match message.remove("content") {
            Some(Value::Array(content)) => content,
            Some(_) | None => Vec::new(),
        };
        for (wire, part) in (0_u64..).zip(content) {
            let full = content_text(&part);
            let at = streams.iter().position(|stream| stream.wire == wire);
            let (index, streamed) = match at.map(|at| streams.remove(at)) {
                Some(stream) => (stream.index, stream.text),
                None => {
                    let index = self.next_index();
                    out.push(StreamEvent::TextStart { index });
                    (index, String::new())
                }
            };
            if let Some(rest) = full.strip_prefix(streamed.as_str())
                && !rest.is_empty()
            {
                let text = rest.to_owned();
                out.push(StreamEvent::TextDelta { index, text });
            }
            let annotations = part.get("annotations").and_then(Value::as_array).cloned();
            let mut block = message.clone();
            block.insert("content".to_owned(), Value::Array(vec![part]));
            let native = self.native(block);
            out.push(StreamEvent::TextEnd { index, native });
            for annotation in annotations.unwrap_or_default() {
                self.source(&annotation, out);
            }
        }
        // What was streamed and is missing in the final form is still what the model said.
        for Stream { index, .. } in streams {
            let native = None;
            out.push(StreamEvent::TextEnd { index, native });
        }
    }

    fn close_reasoning(
        &mut self,
        item: &Map<String, Value>,
        streams: Vec<Stream>,
        out: &mut Vec<StreamEvent>,
    ) {
        for Stream { index, text, .. } in streams {
            let full = reasoning_text(item);
            let text = if text.is_empty() { full } else { text };
            let encrypted = text_of(item, "encrypted_content");
            let reasoning = Reasoning {
                text,
                signature: None,
                encrypted: (!encrypted.is_empty()).then_some(encrypted),
                redacted: false,
                native: self.native(item.clone()),
            };
            out.push(StreamEvent::ReasoningEnd { index, reasoning });
        }
    }

    fn close_call(
        &mut self,
        item: &Map<String, Value>,
        streams: Vec<Stream>,
        out: &mut Vec<StreamEvent>,
    ) {
        self.has_local_call = true;
        for Stream { index, text, .. } in streams {
            let full = text_of(item, "arguments");
            if text.is_empty() && !full.is_empty() {
                let delta = full.clone();
                out.push(StreamEvent::ToolInputDelta { index, delta });
            }
            let args = if full.is_empty() { text } else { full };
            let is_blank = args.trim().is_empty();
            out.push(StreamEvent::ToolInputEnd { index });
            let call = ToolCall {
                id: call_id(ItemKind::LocalCall, item),
                name: text_of(item, "name"),
                args: if is_blank { "{}".to_owned() } else { args },
                provider_executed: false,
                native: self.native(item.clone()),
            };
            out.push(StreamEvent::ToolCall { index, call });
        }
    }

    /// The provider ran the tool itself: call and result are one item.
    fn close_provider_call(
        &mut self,
        item: &Map<String, Value>,
        streams: &[Stream],
        out: &mut Vec<StreamEvent>,
    ) {
        let kind = ItemKind::ProviderCall;
        for Stream { index, .. } in streams {
            let index = *index;
            let (id, name) = (call_id(kind, item), call_name(kind, item));
            let action = item.get("action").cloned().unwrap_or_else(|| json!({}));
            let args = action.to_string();
            let delta = args.clone();
            out.push(StreamEvent::ToolInputDelta { index, delta });
            out.push(StreamEvent::ToolInputEnd { index });
            let call = ToolCall {
                id: id.clone(),
                name: name.clone(),
                args,
                provider_executed: true,
                native: self.native(item.clone()),
            };
            out.push(StreamEvent::ToolCall { index, call });
            let status = text_of(item, "status");
            let result = ToolResult {
                call_id: id,
                name,
                is_error: status == "failed",
                content: vec![ToolContent::Json(json!({ "status": status }))],
                provider_executed: true,
                // The item is kept with the call.
                native: None,
            };
            let index = self.next_index();
            out.push(StreamEvent::ToolResult { index, result });
        }
    }
}

/// What an item is. Kinds that we neither know nor can pair are left out.
pub(super) fn item_kind(item: &Map<String, Value>) -> Option<ItemKind> {
    match item.get("type")?.as_str()? {
        "message" => Some(ItemKind::Message),
        "reasoning" => Some(ItemKind::Reasoning),
        "function_call" => Some(ItemKind::LocalCall),
        "web_search_call" | "file_search_call" | "code_interpreter_call" => {
            Some(ItemKind::ProviderCall)
        }
        _ => None,
    }
}

pub(super) fn call_id(kind: ItemKind, item: &Map<String, Value>) -> String {
    let call_id = text_of(item, "call_id");
    if kind == ItemKind::LocalCall && !call_id.is_empty() {
        return call_id;
    }
    text_of(item, "id")
}

pub(super) fn call_name(kind: ItemKind, item: &Map<String, Value>) -> String {
    if kind == ItemKind::LocalCall {
        return text_of(item, "name");
    }
    text_of(item, "type").trim_end_matches("_call").to_owned()
}

/// The text or the refusal of a content part.
fn content_text(part: &Value) -> &str {
    let text = part.get("text").or_else(|| part.get("refusal"));
    text.and_then(Value::as_str).unwrap_or_default()
}

/// The summary of a thought, or the thought itself where the model shows it.
fn reasoning_text(item: &Map<String, Value>) -> String {
    let texts = |field: &str| {
        let parts = item.get(field).and_then(Value::as_array);
        let texts = parts.into_iter().flatten().map(content_text);
        texts.collect::<Vec<_>>().join(BETWEEN_SUMMARIES)
    };
    let summary = texts("summary");
    if summary.is_empty() {
        texts("content")
    } else {
        summary
    }
}

pub(super) fn text_of(item: &Map<String, Value>, field: &str) -> String {
    let text = item.get(field).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
