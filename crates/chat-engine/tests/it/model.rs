//! A language model whose answers the test writes.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use muster_llm::{
    Cause, EventStream, Failure, FailureKind, Finish, FinishReason, Format, LanguageModel, Native,
    Request, StreamEvent, ToolCall, ToolChoice, Usage,
};
use parking_lot::Mutex;
use serde_json::Value;

/// Answers the n-th request, counted from 0.
pub(crate) type Script = Arc<dyn Fn(usize, &Request) -> EventStream + Send + Sync>;

pub(crate) struct FakeModel {
    script: Script,
    requests: Mutex<Vec<Request>>,
}

impl FakeModel {
    pub(crate) fn new(
        script: impl Fn(usize, &Request) -> EventStream + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Arc::new(script),
            requests: Mutex::default(),
        })
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().clone()
    }
}

impl LanguageModel for FakeModel {
    fn stream(&self, request: Request) -> EventStream {
        let mut requests = self.requests.lock();
        let answer = (self.script)(requests.len(), &request);
        requests.push(request);
        answer
    }
}

fn events(events: Vec<StreamEvent>) -> EventStream {
    stream::iter(events.into_iter().map(Ok)).boxed()
}

fn finish(reason: FinishReason) -> StreamEvent {
    finish_of(reason, None)
}

fn finish_of(reason: FinishReason, response_id: Option<String>) -> StreamEvent {
    StreamEvent::Finish(Finish {
        reason,
        usage: Usage {
            input: Some(1_000),
            output: Some(10),
            ..Usage::default()
        },
        response_id,
        context_limit: None,
        metadata: None,
    })
}

/// What the same answer would be with this many tokens in the window.
pub(crate) fn using(answer: EventStream, input: u64) -> EventStream {
    answer
        .map(move |mut event| {
            if let Ok(StreamEvent::Finish(finish)) = &mut event {
                finish.usage.input = Some(input);
            }
            event
        })
        .boxed()
}

/// A refusal because the conversation is too long.
pub(crate) fn refuses_length() -> EventStream {
    let failure = Failure {
        cause: Cause::ContextLength,
        ..Failure::of(FailureKind::Config, None)
    };
    stream::iter([Err(failure)]).boxed()
}

/// Nothing for ever.
pub(crate) fn hangs() -> EventStream {
    stream::pending().boxed()
}

/// Whether the request wants a summary.
pub(crate) fn wants_summary(request: &Request) -> bool {
    request.tool_choice == ToolChoice::None
}

fn words(text: &str) -> Vec<StreamEvent> {
    let mut all = vec![StreamEvent::TextStart { index: 0 }];
    all.extend(
        text.split_inclusive(' ')
            .map(|word| StreamEvent::TextDelta {
                index: 0,
                text: word.to_owned(),
            }),
    );
    all.push(StreamEvent::TextEnd {
        index: 0,
        native: None,
    });
    all
}

/// A last word with the provider's id of it.
pub(crate) fn text_of_response(text: &str, response_id: &str) -> EventStream {
    let mut all = words(text);
    all.push(finish_of(FinishReason::Stop, Some(response_id.to_owned())));
    events(all)
}

/// A last word.
pub(crate) fn text(text: &str) -> EventStream {
    let mut all = words(text);
    all.push(finish(FinishReason::Stop));
    events(all)
}

/// A search that the provider has begun, and its wish to be asked again.
pub(crate) fn pauses_in_search(id: &str) -> EventStream {
    let call = ToolCall {
        id: id.to_owned(),
        name: "web_search".to_owned(),
        args: "{}".to_owned(),
        provider_executed: true,
        native: None,
    };
    let call = StreamEvent::ToolCall { index: 0, call };
    events(vec![call, finish(FinishReason::Pause)])
}

/// A pause and nothing else.
pub(crate) fn pauses() -> EventStream {
    events(vec![finish(FinishReason::Pause)])
}

/// Calls of tools: id, name, arguments.
pub(crate) fn calls(calls: &[(&str, &str, Value)]) -> EventStream {
    let mut all = Vec::new();
    for (index, (id, name, args)) in calls.iter().enumerate() {
        all.push(StreamEvent::ToolInputStart {
            index,
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            provider_executed: false,
        });
        all.push(StreamEvent::ToolInputDelta {
            index,
            delta: args.to_string(),
        });
        let call = ToolCall {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            args: args.to_string(),
            ..ToolCall::default()
        };
        all.push(StreamEvent::ToolCall { index, call });
    }
    all.push(finish(FinishReason::ToolCalls));
    events(all)
}

/// A call whose arguments the output limit cut off after `written`.
pub(crate) fn cut_off(id: &str, name: &str, written: &str) -> EventStream {
    let start = StreamEvent::ToolInputStart {
        index: 0,
        id: id.to_owned(),
        name: name.to_owned(),
        provider_executed: false,
    };
    let mut all = vec![start];
    if !written.is_empty() {
        all.push(StreamEvent::ToolInputDelta {
            index: 0,
            delta: written.to_owned(),
        });
    }
    all.push(finish(FinishReason::Length));
    events(all)
}

/// Some words, then nothing for ever.
pub(crate) fn hangs_after(text: &str) -> EventStream {
    let words = words(text).into_iter().map(Ok);
    stream::iter(words).chain(stream::pending()).boxed()
}

/// Some words, then a failure.
pub(crate) fn fails_after(text: &str, kind: FailureKind) -> EventStream {
    let words = words(text).into_iter().map(Ok);
    let failure = Err(Failure::of(kind, None));
    stream::iter(words.chain([failure])).boxed()
}

/// A failure before the first word.
pub(crate) fn fails(failure: Failure) -> EventStream {
    stream::iter([Err(failure)]).boxed()
}

/// A last word in a block of the provider's own.
pub(crate) fn text_in_block(text: &str) -> EventStream {
    let mut all = words(text);
    all.pop();
    all.push(StreamEvent::TextEnd {
        index: 0,
        native: Some(Native {
            provider_format: Format::OpenaiResponses,
            model: "gpt-5".to_owned(),
            json: serde_json::json!({"id": text}),
        }),
    });
    all.push(finish(FinishReason::Stop));
    events(all)
}
