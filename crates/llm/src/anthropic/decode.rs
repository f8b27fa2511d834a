//! From received events to neutral ones.

use std::collections::HashSet;

use serde::de::Error as _;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::wire::{Closing, Delta, Event, Start, Whole, WireUsage, required};
use crate::codec::{Decoder, WireError, malformed};
use crate::failure::Failure;
use crate::model::{Finish, FinishReason, StreamEvent, Usage};
use crate::part::{Format, Native, Reasoning, Source, ToolCall, ToolContent, ToolResult};
use crate::provider::ProviderKind;
use crate::sse::SseEvent;

/// Decodes one answer.
#[derive(Debug)]
pub(super) struct MessagesDecoder {
    /// The model as it was asked for; blocks are bound to it.
    model: String,
    resolved_model: Option<String>,
    response_id: Option<String>,
    usage: WireUsage,
    closing: Option<Closing>,
    open: Vec<OpenBlock>,
    /// Parts so far.
    parts: usize,
    has_local_call: bool,
    /// Pages that have been named: each is a source once.
    sources: HashSet<String>,
}

/// A block between its start and its stop.
#[derive(Debug)]
struct OpenBlock {
    /// The provider's index.
    wire: usize,
    /// Ours.
    index: usize,
    kind: BlockKind,
    /// The block as it started.
    start: Map<String, Value>,
    /// Collected text, thinking or arguments.
    text: String,
    signature: String,
    citations: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockKind {
    Text,
    Thinking,
    Redacted,
    LocalCall,
    ServerCall,
    ServerResult,
}

impl MessagesDecoder {
    pub(super) fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            resolved_model: None,
            response_id: None,
            usage: WireUsage::default(),
            closing: None,
            open: Vec::new(),
            parts: 0,
            has_local_call: false,
            sources: HashSet::new(),
        }
    }

    fn start(&mut self, start: Start) {
        let Start { id, model, usage } = start;
        self.response_id = id;
        self.resolved_model = model;
        self.add_usage(usage);
    }

    /// Counts are cumulative: what a later event names replaces the earlier number.
    fn add_usage(&mut self, usage: Option<WireUsage>) {
        let Some(new) = usage else { return };
        let old = self.usage;
        self.usage = WireUsage {
            input_tokens: new.input_tokens.or(old.input_tokens),
            output_tokens: new.output_tokens.or(old.output_tokens),
            cache_creation_input_tokens: new
                .cache_creation_input_tokens
                .or(old.cache_creation_input_tokens),
            cache_read_input_tokens: new.cache_read_input_tokens.or(old.cache_read_input_tokens),
            output_tokens_details: new.output_tokens_details.or(old.output_tokens_details),
        };
    }

    fn open_block(&mut self, wire: usize, block: Value, out: &mut Vec<StreamEvent>) {
        let Value::Object(start) = block else { return };
        let Some(kind) = block_kind(&start) else {
            return;
        };
        let index = self.parts;
        self.parts += 1;
        let text = match kind {
            BlockKind::Text => text_of(&start, "text"),
            BlockKind::Thinking => text_of(&start, "thinking"),
            BlockKind::Redacted
            | BlockKind::LocalCall
            | BlockKind::ServerCall
            | BlockKind::ServerResult => String::new(),
        };
        match kind {
            BlockKind::Text => out.push(StreamEvent::TextStart { index }),
            BlockKind::Thinking | BlockKind::Redacted => {
                out.push(StreamEvent::ReasoningStart { index });
            }
            BlockKind::LocalCall | BlockKind::ServerCall => {
                out.push(StreamEvent::ToolInputStart {
                    index,
                    id: text_of(&start, "id"),
                    name: text_of(&start, "name"),
                    provider_executed: kind == BlockKind::ServerCall,
                });
            }
            BlockKind::ServerResult => {}
        }
        if !text.is_empty() {
            out.push(text_delta(kind, index, text.clone()));
        }
        let signature = text_of(&start, "signature");
        let citations = start.get("citations").and_then(Value::as_array).cloned();
        for citation in citations.iter().flatten() {
            self.source(citation, out);
        }
        self.open.push(OpenBlock {
            wire,
            index,
            kind,
            start,
            text,
            signature,
            citations: citations.unwrap_or_default(),
        });
    }

    fn delta(&mut self, wire: usize, delta: Delta<'_>, out: &mut Vec<StreamEvent>) {
        let Some(block) = self.open.iter_mut().find(|block| block.wire == wire) else {
            return;
        };
        let index = block.index;
        let text = match &*delta.kind {
            "text_delta" => delta.text,
            "thinking_delta" => delta.thinking,
            "input_json_delta" => delta.partial_json,
            "signature_delta" => return block.signature.push_str(&delta.signature),
            "citations_delta" => {
                block.citations.push(delta.citation.clone());
                return self.source(&delta.citation, out);
            }
            _ => return,
        };
        if text.is_empty() {
            return;
        }
        block.text.push_str(&text);
        let text = text.into_owned();
        out.push(match block.kind {
            BlockKind::LocalCall | BlockKind::ServerCall => {
                StreamEvent::ToolInputDelta { index, delta: text }
            }
            BlockKind::Text
            | BlockKind::Thinking
            | BlockKind::Redacted
            | BlockKind::ServerResult => text_delta(block.kind, index, text),
        });
    }

    fn close_block(&mut self, wire: usize, out: &mut Vec<StreamEvent>) {
        let Some(at) = self.open.iter().position(|block| block.wire == wire) else {
            return;
        };
        let block = self.open.remove(at);
        let index = block.index;
        match block.kind {
            BlockKind::Text => {
                out.push(StreamEvent::TextEnd {
                    index,
                    native: self.text_native(block),
                });
            }
            BlockKind::Thinking | BlockKind::Redacted => {
                let reasoning = self.reasoning(block);
                out.push(StreamEvent::ReasoningEnd { index, reasoning });
            }
            BlockKind::LocalCall | BlockKind::ServerCall => {
                self.has_local_call |= block.kind == BlockKind::LocalCall;
                let streamed = !block.text.is_empty();
                let call = self.call(block);
                // A whole answer has its arguments in the block itself.
                if !streamed && call.args != "{}" {
                    let delta = call.args.clone();
                    out.push(StreamEvent::ToolInputDelta { index, delta });
                }
                out.push(StreamEvent::ToolInputEnd { index });
                out.push(StreamEvent::ToolCall { index, call });
            }
            BlockKind::ServerResult => {
                let found = block.start.get("content").cloned();
                let result = self.server_result(block.start);
                out.push(StreamEvent::ToolResult { index, result });
                for page in found.iter().filter_map(Value::as_array).flatten() {
                    self.source(page, out);
                }
            }
        }
    }

    /// A page that was found or cited becomes a part of its own, the first time it is named.
    fn source(&mut self, page: &Value, out: &mut Vec<StreamEvent>) {
        let text = |field: &str| page.get(field).and_then(Value::as_str);
        let Some(url) = text("url").filter(|url| !url.is_empty()) else {
            return;
        };
        if !self.sources.insert(url.to_owned()) {
            return;
        }
        let title = text("title").filter(|title| !title.is_empty());
        let source = Source {
            id: None,
            url: url.to_owned(),
            title: title.map(str::to_owned),
        };
        let index = self.parts;
        self.parts += 1;
        out.push(StreamEvent::Source { index, source });
    }

    fn native(&self, json: Map<String, Value>) -> Native {
        Native {
            provider_format: Format::AnthropicMessages,
            model: self.model.clone(),
            json: Value::Object(json),
        }
    }

    /// Plain text says everything itself; citations and unknown fields do not survive in it.
    fn text_native(&self, block: OpenBlock) -> Option<Native> {
        let OpenBlock {
            mut start,
            text,
            citations,
            ..
        } = block;
        if !citations.is_empty() {
            start.insert("citations".to_owned(), Value::Array(citations));
        }
        start.insert("text".to_owned(), text.into());
        is_richer(&start, &["type", "text"]).then(|| self.native(start))
    }

    fn reasoning(&self, block: OpenBlock) -> Reasoning {
        let OpenBlock {
            kind,
            mut start,
            text,
            signature,
            ..
        } = block;
        if kind == BlockKind::Redacted {
            return Reasoning {
                text: String::new(),
                signature: None,
                encrypted: Some(text_of(&start, "data")),
                redacted: true,
                native: Some(self.native(start)),
            };
        }
        start.insert("thinking".to_owned(), text.clone().into());
        start.insert("signature".to_owned(), signature.clone().into());
        Reasoning {
            text,
            signature: (!signature.is_empty()).then_some(signature),
            encrypted: None,
            redacted: false,
            native: Some(self.native(start)),
        }
    }

    fn call(&self, block: OpenBlock) -> ToolCall {
        let OpenBlock {
            kind,
            mut start,
            text,
            ..
        } = block;
        // Streamed arguments replace the placeholder of the start; a whole answer has no deltas.
        let args = match (text.is_empty(), start.get("input")) {
            (true, Some(input)) => input.to_string(),
            (true, None) => "{}".to_owned(),
            (false, _) => text,
        };
        let provider_executed = kind == BlockKind::ServerCall;
        let mut native = None;
        if let Ok(input) = serde_json::from_str::<Value>(&args) {
            start.insert("input".to_owned(), input);
            if provider_executed || is_richer(&start, &["type", "id", "name", "input"]) {
                native = Some(self.native(start.clone()));
            }
        }
        ToolCall {
            id: text_of(&start, "id"),
            name: text_of(&start, "name"),
            args,
            provider_executed,
            native,
        }
    }

    fn server_result(&self, start: Map<String, Value>) -> ToolResult {
        let content = start.get("content").cloned().unwrap_or_default();
        let failed = content.get("error_code").is_some();
        let kind = text_of(&start, "type");
        ToolResult {
            call_id: text_of(&start, "tool_use_id"),
            name: kind.trim_end_matches("_tool_result").to_owned(),
            content: vec![ToolContent::Json(content)],
            is_error: failed,
            provider_executed: true,
            native: Some(self.native(start)),
        }
    }

    fn finish(&mut self, out: &mut Vec<StreamEvent>) {
        // A block that was never closed is closed with what it has.
        let open: Vec<usize> = self.open.iter().map(|block| block.wire).collect();
        for wire in open {
            self.close_block(wire, out);
        }
        let closing = self.closing.take();
        let stop_reason = closing
            .as_ref()
            .and_then(|closing| closing.stop_reason.as_deref());
        let reason = match stop_reason {
            Some("end_turn" | "stop_sequence") => FinishReason::Stop,
            Some("tool_use") => FinishReason::ToolCalls,
            Some("max_tokens" | "model_context_window_exceeded") => FinishReason::Length,
            Some("pause_turn") => FinishReason::Pause,
            Some("refusal") => FinishReason::ContentFilter,
            None if self.has_local_call => FinishReason::ToolCalls,
            Some(_) | None => FinishReason::Other,
        };
        let stop_sequence = closing
            .as_ref()
            .and_then(|closing| closing.stop_sequence.as_deref());
        out.push(StreamEvent::Finish(Finish {
            reason,
            usage: self.usage(),
            response_id: self.response_id.take(),
            context_limit: None,
            metadata: Some(json!({
                "model": self.resolved_model,
                "stop_reason": stop_reason,
                "stop_sequence": stop_sequence,
            })),
        }));
    }
}

impl MessagesDecoder {
    /// Takes one event; `Some` is the provider's own error.
    fn received(
        &mut self,
        data: &str,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<WireError>, serde_json::Error> {
        let event: Event<'_> = serde_json::from_str(data)?;
        let index = event
            .index
            .ok_or_else(|| serde_json::Error::missing_field("index"));
        match &*event.kind {
            "content_block_delta" => self.delta(index?, required(event.delta, "delta")?, out),
            "content_block_start" => {
                self.open_block(index?, required(event.content_block, "content_block")?, out);
            }
            "content_block_stop" => self.close_block(index?, out),
            "message_start" => self.start(required(event.message, "message")?),
            "message_delta" => {
                let usage = event.usage.map_or("null", RawValue::get);
                self.add_usage(serde_json::from_str(usage)?);
                self.closing = Some(required(event.delta, "delta")?);
            }
            "message_stop" => self.finish(out),
            "error" => {
                let error: Value = required(event.error, "error")?;
                return Ok(Some(WireError::from_value(&error)));
            }
            // `ping`, and what the provider may add.
            _ => {}
        }
        Ok(None)
    }
}

impl Decoder for MessagesDecoder {
    fn event(&mut self, event: &SseEvent, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        match self.received(&event.data, out) {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(error.in_stream(ProviderKind::Anthropic, self.usage())),
            Err(error) => Err(malformed(ProviderKind::Anthropic, &error).with_usage(self.usage())),
        }
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        let whole: Whole = serde_json::from_slice(body)
            .map_err(|error| malformed(ProviderKind::Anthropic, &error))?;
        let Whole {
            content,
            start,
            closing,
        } = whole;
        self.start(start);
        for (wire, block) in content.into_iter().enumerate() {
            self.open_block(wire, block, out);
            self.close_block(wire, out);
        }
        self.closing = Some(closing);
        self.finish(out);
        Ok(())
    }

    fn usage(&self) -> Usage {
        let details = self.usage.output_tokens_details;
        let usage = Usage {
            input: self.usage.input_tokens,
            output: self.usage.output_tokens,
            total: None,
            reasoning: details.and_then(|details| details.thinking_tokens),
            cache_read: self.usage.cache_read_input_tokens,
            cache_creation: self.usage.cache_creation_input_tokens,
        };
        usage.with_total()
    }
}

/// What a block is. Blocks of kinds that we don't know and cannot pair are left out.
fn block_kind(block: &Map<String, Value>) -> Option<BlockKind> {
    match block.get("type")?.as_str()? {
        "text" => Some(BlockKind::Text),
        "thinking" => Some(BlockKind::Thinking),
        "redacted_thinking" => Some(BlockKind::Redacted),
        "tool_use" => Some(BlockKind::LocalCall),
        "server_tool_use" | "mcp_tool_use" => Some(BlockKind::ServerCall),
        kind if kind.ends_with("_tool_result") => Some(BlockKind::ServerResult),
        _ => None,
    }
}

fn text_delta(kind: BlockKind, index: usize, text: String) -> StreamEvent {
    match kind {
        BlockKind::Thinking | BlockKind::Redacted => StreamEvent::ReasoningDelta { index, text },
        BlockKind::Text
        | BlockKind::LocalCall
        | BlockKind::ServerCall
        | BlockKind::ServerResult => StreamEvent::TextDelta { index, text },
    }
}

fn text_of(block: &Map<String, Value>, field: &str) -> String {
    let text = block.get(field).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// Whether a block says more than the fields that the view holds.
fn is_richer(block: &Map<String, Value>, known: &[&str]) -> bool {
    let mut others = block
        .iter()
        .filter(|(field, _)| !known.contains(&field.as_str()));
    others.any(|(_, value)| !value.is_null())
}
