//! The one place where a model's output enters: what no database stores is taken out here.
//!
//! U+0000 within contents is kept, see `chat-state`'s escape. Names, ids and what is written
//! piece by piece also go to columns and documents of their own, and a model that is made to
//! say a NUL there would fail its commit for ever.

use muster_llm::{Failure, Finish, StreamEvent, ToolCall};

/// What a NUL is shown as.
const REPLACEMENT: char = '\u{FFFD}';

/// Takes NULs out of everything but contents.
pub(super) fn event(mut event: StreamEvent) -> StreamEvent {
    match &mut event {
        StreamEvent::ToolInputStart { id, name, .. } => {
            text(id);
            text(name);
        }
        StreamEvent::ToolCall { index: _, call } => {
            let ToolCall { id, name, args, .. } = call;
            text(id);
            text(name);
            text(args);
        }
        StreamEvent::ToolResult { index: _, result } => {
            text(&mut result.call_id);
            text(&mut result.name);
        }
        StreamEvent::Finish(Finish { response_id, .. }) => {
            response_id.iter_mut().for_each(text);
        }
        StreamEvent::TextDelta { index: _, text: it }
        | StreamEvent::ReasoningDelta { index: _, text: it }
        | StreamEvent::ToolInputDelta {
            index: _,
            delta: it,
        } => text(it),
        StreamEvent::TextStart { .. }
        | StreamEvent::TextEnd { .. }
        | StreamEvent::ReasoningStart { .. }
        | StreamEvent::ReasoningEnd { .. }
        | StreamEvent::ToolInputEnd { .. }
        | StreamEvent::Source { .. } => {}
    }
    event
}

/// The same for a failure, whose detail a provider has written.
pub(super) fn failure(mut failure: Failure) -> Failure {
    if let Some(detail) = failure
        .detail
        .as_deref()
        .filter(|detail| detail.contains('\0'))
    {
        failure.detail = Some(
            detail
                .replace('\0', REPLACEMENT.encode_utf8(&mut [0; 4]))
                .into(),
        );
    }
    failure
}

fn text(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', REPLACEMENT.encode_utf8(&mut [0; 4]));
    }
}
