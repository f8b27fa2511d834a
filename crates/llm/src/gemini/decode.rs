//! From received chunks to neutral events.

use serde_json::{Map, Value, json};

use super::wire::{Candidate, Chunk, Grounding, PromptFeedback, Whole, WireUsage};
use crate::codec::{Decoder, WireError, malformed};
use crate::failure::{Failure, FailureKind};
use crate::model::{Finish, FinishReason, Request, StreamEvent, Usage};
use crate::part::{Format, Native, Reasoning, Source, ToolCall, ToolContent, ToolResult};
use crate::provider::ProviderKind;
use crate::sse::SseEvent;

/// Decodes one answer.
#[derive(Debug)]
pub(super) struct GeminiDecoder {
    /// The model as it was asked for; signatures are bound to it.
    model: String,
    /// Messages of the request: what tells made ids apart when the answer has no id.
    asked: usize,
    resolved_model: Option<String>,
    response_id: Option<String>,
    usage: WireUsage,
    open: Option<Open>,
    has_local_call: bool,
    sources: Vec<Source>,
    /// Parts so far.
    parts: usize,
}

/// A text or a thought that more may be added to.
#[derive(Debug)]
struct Open {
    index: usize,
    thought: bool,
    text: String,
    /// Signature and unknown fields.
    others: Map<String, Value>,
}

impl GeminiDecoder {
    pub(super) fn new(request: &Request) -> Self {
        Self {
            model: request.model.clone(),
            asked: request.messages.len(),
            resolved_model: None,
            response_id: None,
            usage: WireUsage::default(),
            open: None,
            has_local_call: false,
            sources: Vec::new(),
            parts: 0,
        }
    }

    fn next_index(&mut self) -> usize {
        let index = self.parts;
        self.parts += 1;
        index
    }

    fn native(&self, json: Map<String, Value>) -> Native {
        Native {
            provider_format: Format::Gemini,
            model: self.model.clone(),
            json: Value::Object(json),
        }
    }

    /// Takes a chunk; `Some` when it carries the reason why the answer ends.
    fn chunk(
        &mut self,
        chunk: Chunk,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<(String, Option<String>)>, Failure> {
        let Chunk {
            candidates,
            prompt_feedback,
            usage_metadata,
            model_version,
            response_id,
            error,
        } = chunk;
        self.usage = usage_metadata.unwrap_or(self.usage);
        if let Some(error) = error {
            return Err(WireError::from_value(&error).in_stream(ProviderKind::Google, self.usage()));
        }
        self.response_id = self.response_id.take().or(response_id);
        self.resolved_model = self.resolved_model.take().or(model_version);
        if let Some(failure) = prompt_feedback.and_then(|feedback| self.blocked(feedback)) {
            return Err(failure);
        }
        let first = candidates.into_iter().find(|it| it.index == 0);
        let Some(Candidate {
            index: _,
            content,
            finish_reason,
            finish_message,
            grounding_metadata,
        }) = first
        else {
            return Ok(None);
        };
        for part in content.unwrap_or_default().parts {
            self.part(part, out);
        }
        self.ground(grounding_metadata);
        Ok(finish_reason.map(|reason| (reason, finish_message)))
    }

    /// The same prompt is blocked again, so this is not worth another attempt.
    fn blocked(&self, feedback: PromptFeedback) -> Option<Failure> {
        let PromptFeedback {
            block_reason,
            block_reason_message,
        } = feedback;
        let reason = block_reason.filter(|reason| reason != "BLOCK_REASON_UNSPECIFIED")?;
        let message = block_reason_message.map_or_else(String::new, |text| format!(": {text}"));
        let detail = format!("the prompt was blocked ({reason}){message}");
        let failure = Failure::of(FailureKind::Config, Some(ProviderKind::Google));
        Some(failure.with_detail(&detail).with_usage(self.usage()))
    }

    fn ground(&mut self, grounding: Option<Grounding>) {
        let chunks = grounding.unwrap_or_default().grounding_chunks;
        for page in chunks.into_iter().filter_map(|chunk| chunk.web) {
            let is_known = self.sources.iter().any(|source| source.url == page.uri);
            if !is_known && !page.uri.is_empty() {
                self.sources.push(Source {
                    id: None,
                    url: page.uri,
                    title: page.title.filter(|title| !title.is_empty()),
                });
            }
        }
    }

    fn part(&mut self, mut part: Map<String, Value>, out: &mut Vec<StreamEvent>) {
        if part.contains_key("functionCall") {
            self.close(out);
            self.call(part, out);
        } else if part.contains_key("toolCall") {
            self.close(out);
            self.server_call(&part, out);
        } else if part.contains_key("toolResponse") {
            self.close(out);
            self.server_result(&part, out);
        } else if let Some(Value::String(text)) = part.remove("text") {
            let thought = part
                .remove("thought")
                .is_some_and(|flag| flag == Value::Bool(true));
            self.text(text, thought, part, out);
        }
    }

    /// Pieces of one text are joined up to the one that is signed: the signature of a streamed
    /// text often comes with an empty last piece.
    fn text(
        &mut self,
        text: String,
        thought: bool,
        others: Map<String, Value>,
        out: &mut Vec<StreamEvent>,
    ) {
        if text.is_empty() && others.is_empty() {
            return;
        }
        let goes_on = self
            .open
            .as_ref()
            .is_some_and(|open| open.thought == thought && open.others.is_empty());
        if !goes_on {
            self.close(out);
            let index = self.next_index();
            out.push(if thought {
                StreamEvent::ReasoningStart { index }
            } else {
                StreamEvent::TextStart { index }
            });
            self.open = Some(Open {
                index,
                thought,
                text: String::new(),
                others: Map::new(),
            });
        }
        let Some(open) = &mut self.open else { return };
        open.others = others;
        if text.is_empty() {
            return;
        }
        open.text.push_str(&text);
        let index = open.index;
        out.push(if thought {
            StreamEvent::ReasoningDelta { index, text }
        } else {
            StreamEvent::TextDelta { index, text }
        });
    }

    fn close(&mut self, out: &mut Vec<StreamEvent>) {
        let Some(open) = self.open.take() else { return };
        let Open {
            index,
            thought,
            text,
            mut others,
        } = open;
        let signature = text_of(&others, "thoughtSignature");
        let mut native = None;
        if !others.is_empty() {
            others.insert("text".to_owned(), text.clone().into());
            if thought {
                others.insert("thought".to_owned(), true.into());
            }
            native = Some(self.native(others));
        }
        out.push(if thought {
            let reasoning = Reasoning {
                text,
                signature,
                native,
                ..Reasoning::default()
            };
            StreamEvent::ReasoningEnd { index, reasoning }
        } else {
            StreamEvent::TextEnd { index, native }
        });
    }

    fn call(&mut self, part: Map<String, Value>, out: &mut Vec<StreamEvent>) {
        let index = self.next_index();
        let inner = part.get("functionCall").and_then(Value::as_object);
        let field = |name: &str| inner.and_then(|inner| text_of(inner, name));
        let id = field("id").unwrap_or_else(|| self.made_id(index));
        let name = field("name").unwrap_or_default();
        let (args, is_whole) = match inner.and_then(|inner| inner.get("args")) {
            None => ("{}".to_owned(), true),
            Some(Value::String(broken)) => (broken.clone(), false),
            Some(args) => (args.to_string(), args.is_object()),
        };
        // The view rebuilds a bare call; signature and the provider's own id are more than it.
        let is_bare =
            part.len() == 1 && inner.is_some_and(|inner| inner.keys().all(|key| is_viewed(key)));
        let call = ToolCall {
            id,
            name,
            args,
            provider_executed: false,
            native: (is_whole && !is_bare).then(|| self.native(part)),
        };
        self.has_local_call = true;
        announce(index, call, out);
    }

    /// The answer's own id keeps made ids apart over a conversation; without one, its length.
    fn made_id(&self, index: usize) -> String {
        match self.response_id.as_deref() {
            Some(id) if !id.is_empty() => format!("call_{id}_{index}"),
            Some(_) | None => format!("call_{}_{index}", self.asked),
        }
    }

    fn server_call(&mut self, part: &Map<String, Value>, out: &mut Vec<StreamEvent>) {
        let index = self.next_index();
        let inner = part.get("toolCall").and_then(Value::as_object);
        let args = inner.and_then(|inner| inner.get("args"));
        let call = ToolCall {
            id: server_id(inner),
            name: server_tool(inner),
            args: args.map_or_else(|| "{}".to_owned(), Value::to_string),
            provider_executed: true,
            native: Some(self.native(part.clone())),
        };
        announce(index, call, out);
    }

    fn server_result(&mut self, part: &Map<String, Value>, out: &mut Vec<StreamEvent>) {
        let index = self.next_index();
        let inner = part.get("toolResponse").and_then(Value::as_object);
        let response = inner.and_then(|inner| inner.get("response"));
        let result = ToolResult {
            call_id: server_id(inner),
            name: server_tool(inner),
            content: vec![ToolContent::Json(response.cloned().unwrap_or_default())],
            is_error: false,
            provider_executed: true,
            native: Some(self.native(part.clone())),
        };
        out.push(StreamEvent::ToolResult { index, result });
    }

    fn finish(&mut self, reason: Option<&str>, message: Option<&str>, out: &mut Vec<StreamEvent>) {
        self.close(out);
        for source in std::mem::take(&mut self.sources) {
            let index = self.next_index();
            out.push(StreamEvent::Source { index, source });
        }
        let metadata = json!({
            "model": self.resolved_model,
            "finish_reason": reason,
            "finish_message": message,
        });
        let reason = match reason {
            // This provider has no reason of its own for "waiting for results".
            Some("STOP") | None if self.has_local_call => FinishReason::ToolCalls,
            Some("STOP") => FinishReason::Stop,
            Some("MAX_TOKENS") => FinishReason::Length,
            Some(
                "SAFETY"
                | "RECITATION"
                | "BLOCKLIST"
                | "PROHIBITED_CONTENT"
                | "SPII"
                | "MODEL_ARMOR"
                | "IMAGE_SAFETY"
                | "IMAGE_PROHIBITED_CONTENT"
                | "IMAGE_RECITATION",
            ) => FinishReason::ContentFilter,
            Some(_) | None => FinishReason::Other,
        };
        out.push(StreamEvent::Finish(Finish {
            reason,
            usage: self.usage(),
            response_id: self.response_id.take(),
            context_limit: None,
            metadata: Some(metadata),
        }));
    }
}

impl Decoder for GeminiDecoder {
    fn event(&mut self, event: &SseEvent, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        let chunk: Chunk = serde_json::from_str(&event.data)
            .map_err(|error| malformed(ProviderKind::Google, &error).with_usage(self.usage()))?;
        // The reason is this format's only sign that the answer is complete.
        if let Some((reason, message)) = self.chunk(chunk, out)? {
            self.finish(Some(&reason), message.as_deref(), out);
        }
        Ok(())
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        let whole: Whole = serde_json::from_slice(body)
            .map_err(|error| malformed(ProviderKind::Google, &error))?;
        let chunks = match whole {
            Whole::Chunks(chunks) => chunks,
            Whole::Chunk(chunk) => vec![*chunk],
        };
        let mut end = None;
        for chunk in chunks {
            end = self.chunk(chunk, out)?.or(end);
        }
        let (reason, message) = end.unzip();
        self.finish(reason.as_deref(), message.flatten().as_deref(), out);
        Ok(())
    }

    fn usage(&self) -> Usage {
        let usage = &self.usage;
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        let prompt = sum(usage.prompt_token_count, usage.tool_use_prompt_token_count);
        let cached = usage.cached_content_token_count;
        let usage = Usage {
            // This provider counts cached tokens as part of the prompt.
            input: prompt.map(|all| all.saturating_sub(cached.unwrap_or(0))),
            output: sum(usage.candidates_token_count, usage.thoughts_token_count),
            total: usage.total_token_count,
            reasoning: usage.thoughts_token_count,
            cache_read: cached,
            cache_creation: None,
        };
        usage.with_total()
    }
}

/// A call comes whole in this format; its events are those of a streamed one.
fn announce(index: usize, call: ToolCall, out: &mut Vec<StreamEvent>) {
    out.push(StreamEvent::ToolInputStart {
        index,
        id: call.id.clone(),
        name: call.name.clone(),
        provider_executed: call.provider_executed,
    });
    if call.args != "{}" {
        let delta = call.args.clone();
        out.push(StreamEvent::ToolInputDelta { index, delta });
    }
    out.push(StreamEvent::ToolInputEnd { index });
    out.push(StreamEvent::ToolCall { index, call });
}

/// Fields of a call that the view holds.
fn is_viewed(key: &str) -> bool {
    matches!(key, "name" | "args")
}

fn server_id(inner: Option<&Map<String, Value>>) -> String {
    inner
        .and_then(|inner| text_of(inner, "id"))
        .unwrap_or_default()
}

/// Our name for a tool that the provider runs.
fn server_tool(inner: Option<&Map<String, Value>>) -> String {
    let kind = inner.and_then(|inner| text_of(inner, "toolType"));
    match kind.as_deref() {
        Some("GOOGLE_SEARCH_WEB") => "web_search".to_owned(),
        Some(other) => other.to_ascii_lowercase(),
        None => String::new(),
    }
}

/// A text field that is there and not empty.
fn text_of(map: &Map<String, Value>, field: &str) -> Option<String> {
    let text = map.get(field).and_then(Value::as_str);
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
