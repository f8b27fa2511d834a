//! From received chunks to neutral events.

use serde_json::{Map, Value, json};

use super::encode::DETAILS;
use super::wire::{CallDelta, Chunk, Delta, WireChoice, WireUsage};
use crate::codec::{Decoder, WireError, malformed};
use crate::failure::Failure;
use crate::model::{Finish, FinishReason, StreamEvent, Usage};
use crate::part::{Format, Native, Reasoning, ToolCall};
use crate::provider::ProviderKind;
use crate::sse::SseEvent;

/// The terminal event.
const DONE: &str = "[DONE]";
/// Fields of a call that the view holds.
const KNOWN_CALL_FIELDS: [&str; 1] = ["type"];

/// Decodes one answer.
#[derive(Debug)]
pub(super) struct ChatDecoder {
    model: String,
    provider: ProviderKind,
    resolved_model: Option<String>,
    response_id: Option<String>,
    usage: Option<WireUsage>,
    finish_reason: Option<String>,
    /// The text or reasoning that deltas are added to.
    open: Option<Open>,
    calls: Vec<OpenCall>,
    parts: usize,
}

#[derive(Debug)]
enum Open {
    Text(usize),
    Reasoning(OpenReasoning),
}

#[derive(Debug)]
struct OpenReasoning {
    index: usize,
    text: String,
    /// The reasoning under the server's own field names.
    fields: Map<String, Value>,
}

/// A call whose arguments are being written. Calls stay open until the end: servers interleave
/// parallel ones.
#[derive(Debug)]
struct OpenCall {
    wire: Option<u64>,
    index: usize,
    id: String,
    name: String,
    args: String,
    others: Map<String, Value>,
    started: bool,
}

impl ChatDecoder {
    pub(super) fn new(model: &str, provider: ProviderKind) -> Self {
        Self {
            model: model.to_owned(),
            provider,
            resolved_model: None,
            response_id: None,
            usage: None,
            finish_reason: None,
            open: None,
            calls: Vec::new(),
            parts: 0,
        }
    }

    fn next_index(&mut self) -> usize {
        let index = self.parts;
        self.parts += 1;
        index
    }

    fn chunk(&mut self, chunk: Chunk, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        let Chunk {
            id,
            model,
            choices,
            usage,
            error,
        } = chunk;
        self.usage = usage.or(self.usage);
        if let Some(error) = error.filter(|error| !error.is_null()) {
            return Err(WireError::from_value(&error).in_stream(self.provider, self.usage()));
        }
        self.response_id = self.response_id.take().or(id).filter(|id| !id.is_empty());
        self.resolved_model = self.resolved_model.take().or(model);
        let first = choices
            .unwrap_or_default()
            .into_iter()
            .find(|choice| choice.index == 0);
        if let Some(WireChoice {
            delta,
            finish_reason,
            ..
        }) = first
        {
            if let Some(delta) = delta {
                self.delta(delta, out);
            }
            self.finish_reason = finish_reason.or_else(|| self.finish_reason.take());
        }
        Ok(())
    }

    fn delta(&mut self, delta: Delta, out: &mut Vec<StreamEvent>) {
        let Delta {
            content,
            refusal,
            reasoning,
            reasoning_content,
            reasoning_details,
            tool_calls,
        } = delta;
        let details = reasoning_details.unwrap_or_default();
        // Gateways often send the same thought under several names: one of them is enough.
        let named = [
            ("reasoning_content", reasoning_content),
            ("reasoning", reasoning),
        ];
        let mut named = named
            .into_iter()
            .filter_map(|(field, text)| Some((field, text?)));
        let named = named.rfind(|(_, text)| !text.is_empty());
        if named.is_some() || !details.is_empty() {
            self.reasoning(named, details, out);
        }
        let text = content.map(super::wire::TextOrParts::into_text);
        for text in [text, refusal].into_iter().flatten() {
            self.text(text, out);
        }
        for call in tool_calls.unwrap_or_default() {
            self.call(call, out);
        }
    }

    fn text(&mut self, text: String, out: &mut Vec<StreamEvent>) {
        if text.is_empty() {
            return;
        }
        let index = match self.open {
            Some(Open::Text(index)) => index,
            Some(Open::Reasoning(_)) | None => {
                self.close_open(out);
                let index = self.next_index();
                self.open = Some(Open::Text(index));
                out.push(StreamEvent::TextStart { index });
                index
            }
        };
        out.push(StreamEvent::TextDelta { index, text });
    }

    fn reasoning(
        &mut self,
        named: Option<(&str, String)>,
        details: Vec<Value>,
        out: &mut Vec<StreamEvent>,
    ) {
        if !matches!(self.open, Some(Open::Reasoning(_))) {
            self.close_open(out);
            let index = self.next_index();
            out.push(StreamEvent::ReasoningStart { index });
            self.open = Some(Open::Reasoning(OpenReasoning {
                index,
                text: String::new(),
                fields: Map::new(),
            }));
        }
        let Some(Open::Reasoning(open)) = &mut self.open else {
            return;
        };
        let text = match named {
            Some((field, text)) => {
                append(&mut open.fields, field, &text);
                text
            }
            None => details.iter().filter_map(detail_text).collect(),
        };
        if !details.is_empty() {
            let all = open.fields.entry(DETAILS).or_insert_with(|| json!([]));
            if let Value::Array(all) = all {
                details
                    .into_iter()
                    .for_each(|detail| join_detail(all, detail));
            }
        }
        if !text.is_empty() {
            open.text.push_str(&text);
            out.push(StreamEvent::ReasoningDelta {
                index: open.index,
                text,
            });
        }
    }

    fn close_open(&mut self, out: &mut Vec<StreamEvent>) {
        match self.open.take() {
            Some(Open::Text(index)) => out.push(StreamEvent::TextEnd {
                index,
                native: None,
            }),
            Some(Open::Reasoning(OpenReasoning {
                index,
                text,
                fields,
            })) => {
                let native = self.native(fields);
                let native = Some(native);
                let reasoning = Reasoning {
                    text,
                    native,
                    ..Reasoning::default()
                };
                out.push(StreamEvent::ReasoningEnd { index, reasoning });
            }
            None => {}
        }
    }

    fn native(&self, fields: Map<String, Value>) -> Native {
        Native {
            provider_format: Format::OpenaiChat,
            model: self.model.clone(),
            json: Value::Object(fields),
        }
    }

    fn call(&mut self, delta: CallDelta, out: &mut Vec<StreamEvent>) {
        self.close_open(out);
        let CallDelta {
            index: wire,
            id,
            function,
            others,
        } = delta;
        let id = id.filter(|id| !id.is_empty());
        let (name, arguments) =
            function.map_or((None, None), |function| (function.name, function.arguments));
        let name = name.filter(|name| !name.is_empty());
        let at = match self.find_call(wire, id.as_deref(), name.is_some()) {
            Some(at) => at,
            None => self.new_call(wire, id),
        };
        let Some(call) = self.calls.get_mut(at) else {
            return;
        };
        call.others.extend(others);
        if let Some(name) = name.filter(|_| call.name.is_empty()) {
            call.name = name;
        }
        if !call.started && !call.name.is_empty() {
            call.started = true;
            out.push(StreamEvent::ToolInputStart {
                index: call.index,
                id: call.id.clone(),
                name: call.name.clone(),
                provider_executed: false,
            });
        }
        let piece = match arguments {
            Some(Value::String(text)) => text,
            Some(Value::Null) | None => String::new(),
            Some(object) => object.to_string(),
        };
        if !piece.is_empty() {
            call.args.push_str(&piece);
            out.push(StreamEvent::ToolInputDelta {
                index: call.index,
                delta: piece,
            });
        }
    }

    /// The call that a delta belongs to. The format says "by index"; some servers leave the
    /// index out, others give every parallel call index 0 and a new id.
    fn find_call(&self, wire: Option<u64>, id: Option<&str>, has_name: bool) -> Option<usize> {
        let other_id = |call: &OpenCall| id.is_some_and(|id| has_name && call.id != id);
        let last = self.calls.len().checked_sub(1);
        match (wire, id) {
            (Some(_), _) => {
                let at = self.calls.iter().rposition(|call| call.wire == wire)?;
                let call = self.calls.get(at)?;
                (!other_id(call)).then_some(at)
            }
            (None, Some(id)) => self.calls.iter().rposition(|call| call.id == id),
            (None, None) => last.filter(|_| !has_name),
        }
    }

    fn new_call(&mut self, wire: Option<u64>, id: Option<String>) -> usize {
        let index = self.next_index();
        // A call must have an id to pair its result; the answer's own id keeps it unique.
        let made = || {
            format!(
                "call_{}_{index}",
                self.response_id.as_deref().unwrap_or("0")
            )
        };
        let id = id.unwrap_or_else(made);
        self.calls.push(OpenCall {
            wire,
            index,
            id,
            name: String::new(),
            args: String::new(),
            others: Map::new(),
            started: false,
        });
        self.calls.len() - 1
    }

    fn finish(&mut self, out: &mut Vec<StreamEvent>) {
        self.close_open(out);
        let calls = std::mem::take(&mut self.calls);
        // A call without a name names no tool and cannot be answered.
        let calls: Vec<OpenCall> = calls.into_iter().filter(|call| call.started).collect();
        let has_calls = !calls.is_empty();
        for call in calls {
            let OpenCall {
                index,
                id,
                name,
                args,
                mut others,
                ..
            } = call;
            others.retain(|field, _| !KNOWN_CALL_FIELDS.contains(&field.as_str()));
            let native = (!others.is_empty()).then(|| self.native(others));
            let args = if args.trim().is_empty() {
                "{}".to_owned()
            } else {
                args
            };
            out.push(StreamEvent::ToolInputEnd { index });
            let call = ToolCall {
                id,
                name,
                args,
                provider_executed: false,
                native,
            };
            out.push(StreamEvent::ToolCall { index, call });
        }
        let finish_reason = self.finish_reason.take();
        let reason = match finish_reason.as_deref() {
            Some("length") => FinishReason::Length,
            Some("content_filter") => FinishReason::ContentFilter,
            // Several servers say "stop", or nothing, after calls.
            Some("tool_calls" | "function_call" | "stop") | None if has_calls => {
                FinishReason::ToolCalls
            }
            Some("stop") => FinishReason::Stop,
            Some(_) | None => FinishReason::Other,
        };
        out.push(StreamEvent::Finish(Finish {
            reason,
            usage: self.usage(),
            response_id: self.response_id.take(),
            context_limit: None,
            metadata: Some(json!({
                "model": self.resolved_model,
                "finish_reason": finish_reason,
            })),
        }));
    }
}

impl Decoder for ChatDecoder {
    fn event(&mut self, event: &SseEvent, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        if event.data.trim() == DONE {
            self.finish(out);
            return Ok(());
        }
        let mut chunk: Chunk = serde_json::from_str(&event.data)
            .map_err(|error| malformed(self.provider, &error).with_usage(self.usage()))?;
        // Some servers mark an error by the name of the event only.
        if event.event == "error" && chunk.error.is_none() {
            chunk.error = serde_json::from_str(&event.data).ok();
        }
        self.chunk(chunk, out)
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        let chunk: Chunk =
            serde_json::from_slice(body).map_err(|error| malformed(self.provider, &error))?;
        self.chunk(chunk, out)?;
        self.finish(out);
        Ok(())
    }

    fn usage(&self) -> Usage {
        let Some(usage) = self.usage else {
            return Usage::default();
        };
        let cached = usage
            .prompt_tokens_details
            .and_then(|details| details.cached_tokens);
        let written = usage
            .prompt_tokens_details
            .and_then(|details| details.cache_write_tokens);
        let aside = cached.unwrap_or(0).saturating_add(written.unwrap_or(0));
        let reasoning = usage
            .completion_tokens_details
            .and_then(|details| details.reasoning_tokens);
        let usage = Usage {
            // This provider counts cached tokens as input too.
            input: usage.prompt_tokens.map(|all| all.saturating_sub(aside)),
            output: usage.completion_tokens,
            total: usage.total_tokens,
            reasoning,
            cache_read: cached,
            cache_creation: written,
        };
        usage.with_total()
    }
}

fn append(fields: &mut Map<String, Value>, field: &str, text: &str) {
    match fields.get_mut(field) {
        Some(Value::String(old)) => old.push_str(text),
        Some(_) | None => {
            fields.insert(field.to_owned(), text.into());
        }
    }
}

/// Adds a piece of reasoning. A stream cuts one detail into many, and the provider wants it
/// back as it was: pieces of the same kind and index are one.
fn join_detail(all: &mut Vec<Value>, piece: Value) {
    let same = |name: &str, old: &Value| old.get(name) == piece.get(name);
    let last = all.last_mut().filter(|old| {
        let kind = piece.get("type").and_then(Value::as_str);
        matches!(kind, Some("reasoning.text" | "reasoning.summary"))
            && same("type", old)
            && same("index", old)
            && piece.get("index").is_some()
    });
    let (Some(Value::Object(old)), Value::Object(fields)) = (last, &piece) else {
        all.push(piece);
        return;
    };
    for (field, value) in fields {
        match (field.as_str(), value) {
            ("text" | "summary", Value::String(text)) => append(old, field, text),
            (_, Value::Null) => {}
            (_, value) => {
                old.insert(field.clone(), value.clone());
            }
        }
    }
}

fn detail_text(detail: &Value) -> Option<&str> {
    let text = detail.get("text").or_else(|| detail.get("summary"));
    text.and_then(Value::as_str)
}
