//! From received events to neutral ones.

mod close;

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use self::close::{BETWEEN_SUMMARIES, call_id, call_name, item_kind};
use super::wire::{Event, Incomplete, Response, WireUsage};
use crate::codec::{Decoder, WireError, malformed};
use crate::failure::Failure;
use crate::model::{Finish, FinishReason, StreamEvent, Usage};
use crate::part::{Format, Native, Source};
use crate::provider::ProviderKind;
use crate::sse::SseEvent;

/// What a few proxies send behind the terminal event.
const DONE: &str = "[DONE]";

/// Decodes one answer.
#[derive(Debug)]
pub(super) struct ResponsesDecoder {
    /// The model as it was asked for; blocks are bound to it.
    model: String,
    provider: ProviderKind,
    resolved_model: Option<String>,
    response_id: Option<String>,
    usage: Option<WireUsage>,
    open: Vec<OpenItem>,
    /// Parts so far.
    parts: usize,
    has_local_call: bool,
    /// Pages already reported.
    cited: HashSet<String>,
}

/// An item between its start and its end.
#[derive(Debug)]
struct OpenItem {
    /// The provider's index.
    wire: u64,
    kind: ItemKind,
    /// The item as it started.
    start: Map<String, Value>,
    /// What is streamed of it. A message has one for each of its content parts.
    streams: Vec<Stream>,
}

#[derive(Debug)]
struct Stream {
    /// The content part of a message.
    wire: u64,
    /// Ours.
    index: usize,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ItemKind {
    Message,
    Reasoning,
    LocalCall,
    ProviderCall,
}

impl ResponsesDecoder {
    pub(super) fn new(model: &str, provider: ProviderKind) -> Self {
        Self {
            model: model.to_owned(),
            provider,
            resolved_model: None,
            response_id: None,
            usage: None,
            open: Vec::new(),
            parts: 0,
            has_local_call: false,
            cited: HashSet::new(),
        }
    }

    fn next_index(&mut self) -> usize {
        let index = self.parts;
        self.parts += 1;
        index
    }

    fn native(&self, json: Map<String, Value>) -> Option<Native> {
        Some(Native {
            provider_format: Format::OpenaiResponses,
            model: self.model.clone(),
            json: Value::Object(json),
        })
    }

    fn open_item(&mut self, wire: u64, item: Value, out: &mut Vec<StreamEvent>) {
        let Value::Object(start) = item else { return };
        let Some(kind) = item_kind(&start) else {
            return;
        };
        let mut streams = Vec::new();
        // The texts of a message start with their first piece.
        if kind != ItemKind::Message {
            let index = self.next_index();
            streams.push(Stream {
                wire: 0,
                index,
                text: String::new(),
            });
            out.push(match kind {
                ItemKind::Message | ItemKind::Reasoning => StreamEvent::ReasoningStart { index },
                ItemKind::LocalCall | ItemKind::ProviderCall => StreamEvent::ToolInputStart {
                    index,
                    id: call_id(kind, &start),
                    name: call_name(kind, &start),
                    provider_executed: kind == ItemKind::ProviderCall,
                },
            });
        }
        self.open.push(OpenItem {
            wire,
            kind,
            start,
            streams,
        });
    }

    fn item(&mut self, wire: u64, kind: ItemKind) -> Option<&mut OpenItem> {
        let mut open = self.open.iter_mut();
        open.find(|item| item.wire == wire && item.kind == kind)
    }

    /// More of a message's text or refusal.
    fn text(&mut self, wire: (u64, u64), text: String, out: &mut Vec<StreamEvent>) {
        if text.is_empty() {
            return;
        }
        let (wire, content) = wire;
        let known = self.item(wire, ItemKind::Message).map(|item| {
            let mut streams = item.streams.iter_mut();
            streams.find(|stream| stream.wire == content)
        });
        let index = match known {
            // A text without its message belongs to nothing that could be sent back.
            None => return,
            Some(Some(stream)) => {
                stream.text.push_str(&text);
                stream.index
            }
            Some(None) => {
                let index = self.next_index();
                let stream = Stream {
                    wire: content,
                    index,
                    text: text.clone(),
                };
                if let Some(item) = self.item(wire, ItemKind::Message) {
                    item.streams.push(stream);
                }
                out.push(StreamEvent::TextStart { index });
                index
            }
        };
        out.push(StreamEvent::TextDelta { index, text });
    }

    fn thought(&mut self, wire: u64, text: String, out: &mut Vec<StreamEvent>) {
        let item = self.item(wire, ItemKind::Reasoning);
        if let Some(stream) = item.and_then(|item| item.streams.first_mut())
            && !text.is_empty()
        {
            stream.text.push_str(&text);
            let index = stream.index;
            out.push(StreamEvent::ReasoningDelta { index, text });
        }
    }

    /// Another part of a summary begins.
    fn summary_part(&mut self, wire: u64, out: &mut Vec<StreamEvent>) {
        let item = self.item(wire, ItemKind::Reasoning);
        let stream = item.and_then(|item| item.streams.first());
        if stream.is_some_and(|stream| !stream.text.is_empty()) {
            self.thought(wire, BETWEEN_SUMMARIES.to_owned(), out);
        }
    }

    fn arguments(&mut self, wire: u64, delta: String, out: &mut Vec<StreamEvent>) {
        let item = self.item(wire, ItemKind::LocalCall);
        if let Some(stream) = item.and_then(|item| item.streams.first_mut())
            && !delta.is_empty()
        {
            stream.text.push_str(&delta);
            let index = stream.index;
            out.push(StreamEvent::ToolInputDelta { index, delta });
        }
    }

    /// A page the model cites, told once.
    fn source(&mut self, annotation: &Value, out: &mut Vec<StreamEvent>) {
        let text = |field: &str| annotation.get(field).and_then(Value::as_str);
        let is_citation = text("type") == Some("url_citation");
        let Some(url) = text("url").filter(|url| is_citation && !url.is_empty()) else {
            return;
        };
        if !self.cited.insert(url.to_owned()) {
            return;
        }
        let source = Source {
            id: None,
            url: url.to_owned(),
            title: text("title").map(str::to_owned),
        };
        let index = self.next_index();
        out.push(StreamEvent::Source { index, source });
    }

    /// An error that a proxy has put into the stream in its own form, or a broken event.
    fn unreadable(&self, data: &str, error: &serde_json::Error) -> Failure {
        let value: Value = serde_json::from_str(data).unwrap_or_default();
        match value.get("error") {
            Some(error) => WireError::from_value(error).in_stream(self.provider, self.usage()),
            None => malformed(self.provider, error).with_usage(self.usage()),
        }
    }

    fn opened(&mut self, response: Response) {
        let Response {
            id, model, usage, ..
        } = response;
        self.response_id = id.or_else(|| self.response_id.take());
        self.resolved_model = model.or_else(|| self.resolved_model.take());
        self.usage = usage.or(self.usage);
    }

    /// The end of an answer, good or not.
    fn ended(&mut self, mut response: Response, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        let status = response.status.take();
        let error = response.error.take().filter(|error| !error.is_null());
        let cause = response.incomplete_details.take();
        let cause = cause.and_then(|Incomplete { reason }| reason);
        let service_tier = response.service_tier.take();
        self.opened(response);
        if let Some(error) = error {
            return Err(WireError::from_value(&error).in_stream(self.provider, self.usage()));
        }
        if matches!(status.as_deref(), Some("failed" | "cancelled")) {
            let message = format!("the response was {}", status.as_deref().unwrap_or("lost"));
            let error = WireError {
                code: "server_error".to_owned(),
                message,
                ..WireError::default()
            };
            return Err(error.in_stream(self.provider, self.usage()));
        }
        // An item that was never closed is closed with what it has.
        let open: Vec<u64> = self.open.iter().map(|item| item.wire).collect();
        for wire in open {
            self.close_item(wire, Value::Null, out);
        }
        let reason = match (status.as_deref(), cause.as_deref()) {
            (Some("incomplete"), Some("max_output_tokens")) => FinishReason::Length,
            (Some("incomplete"), Some("content_filter")) => FinishReason::ContentFilter,
            (Some("completed") | None, _) if self.has_local_call => FinishReason::ToolCalls,
            (Some("completed"), _) => FinishReason::Stop,
            (Some(_) | None, _) => FinishReason::Other,
        };
        out.push(StreamEvent::Finish(Finish {
            reason,
            usage: self.usage(),
            response_id: self.response_id.take(),
            context_limit: None,
            metadata: Some(json!({
                "model": self.resolved_model,
                "status": status,
                "incomplete_reason": cause,
                "service_tier": service_tier,
            })),
        }));
        Ok(())
    }
}

impl Decoder for ResponsesDecoder {
    fn event(&mut self, event: &SseEvent, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        if event.data.trim() == DONE {
            return Ok(());
        }
        let read = serde_json::from_str(&event.data);
        let event: Event = read.map_err(|error| self.unreadable(&event.data, &error))?;
        match event {
            Event::Created { response } => self.opened(response),
            Event::ItemAdded { output_index, item } => self.open_item(output_index, item, out),
            Event::TextDelta {
                output_index,
                content_index,
                delta,
            } => self.text((output_index, content_index), delta, out),
            Event::Annotation { annotation } => self.source(&annotation, out),
            Event::SummaryPart { output_index } => self.summary_part(output_index, out),
            Event::ReasoningDelta {
                output_index,
                delta,
            } => self.thought(output_index, delta, out),
            Event::ArgumentsDelta {
                output_index,
                delta,
            } => self.arguments(output_index, delta, out),
            Event::ItemDone { output_index, item } => self.close_item(output_index, item, out),
            Event::Ended { response } => return self.ended(response, out),
            Event::Error { error } => {
                let error = WireError::from_value(&Value::Object(error));
                return Err(error.in_stream(self.provider, self.usage()));
            }
            Event::Other => {}
        }
        Ok(())
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        let mut response: Response =
            serde_json::from_slice(body).map_err(|error| malformed(self.provider, &error))?;
        let output = response.output.take().unwrap_or_default();
        for (wire, item) in (0_u64..).zip(output) {
            self.close_item(wire, item, out);
        }
        self.ended(response, out)
    }

    fn usage(&self) -> Usage {
        let Some(usage) = self.usage else {
            return Usage::default();
        };
        let cached = usage
            .input_tokens_details
            .and_then(|details| details.cached_tokens);
        let reasoning = usage
            .output_tokens_details
            .and_then(|details| details.reasoning_tokens);
        let usage = Usage {
            // This provider counts cached tokens as input too.
            input: usage
                .input_tokens
                .map(|all| all.saturating_sub(cached.unwrap_or(0))),
            output: usage.output_tokens,
            total: usage.total_tokens,
            reasoning,
            cache_read: cached,
            cache_creation: None,
        };
        usage.with_total()
    }
}
