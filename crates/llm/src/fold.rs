//! From a stream of events to the parts of a message.

use futures_util::StreamExt;

use crate::failure::{Failure, FailureKind};
use crate::model::{EventStream, Finish, Object, Response, StreamEvent};
use crate::part::{Part, Reasoning, Text, ToolCall};

/// Collects events into parts. What has come so far can be read at any time, so that an
/// interrupted answer keeps its partial text.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    parts: Vec<Slot>,
    finish: Option<Finish>,
}

/// A part under construction.
#[derive(Clone, Debug)]
struct Slot {
    index: usize,
    part: Part,
    complete: bool,
}

impl Fold {
    /// Nothing collected yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event.
    pub fn push(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::TextStart { index } => self.open(*index, Part::Text(Text::default())),
            StreamEvent::ReasoningStart { index } => {
                self.open(*index, Part::Reasoning(Reasoning::default()));
            }
            StreamEvent::TextDelta { index, text }
            | StreamEvent::ReasoningDelta { index, text } => {
                self.append(*index, text);
            }
            StreamEvent::ToolInputDelta { index, delta } => self.append(*index, delta),
            StreamEvent::TextEnd { index, native } => {
                if let Some(slot) = self.slot(*index) {
                    slot.complete = true;
                    if let Part::Text(part) = &mut slot.part {
                        part.native.clone_from(native);
                    }
                }
            }
            StreamEvent::ReasoningEnd { index, reasoning } => {
                self.close(*index, Part::Reasoning(reasoning.clone()));
            }
            StreamEvent::ToolInputStart {
                index,
                id,
                name,
                provider_executed,
            } => {
                let call = ToolCall {
                    id: id.clone(),
                    name: name.clone(),
                    provider_executed: *provider_executed,
                    ..ToolCall::default()
                };
                self.open(*index, Part::ToolCall(call));
            }
            StreamEvent::ToolInputEnd { .. } => {}
            StreamEvent::ToolCall { index, call } => {
                self.close(*index, Part::ToolCall(call.clone()));
            }
            StreamEvent::ToolResult { index, result } => {
                self.close(*index, Part::ToolResult(result.clone()));
            }
            StreamEvent::Source { index, source } => {
                self.close(*index, Part::Source(source.clone()));
            }
            StreamEvent::Finish(finish) => self.finish = Some(finish.clone()),
        }
    }

    /// How the answer ended, once it has.
    #[must_use]
    pub const fn finish(&self) -> Option<&Finish> {
        self.finish.as_ref()
    }

    /// The parts so far, in order, without empty texts. Parts that were cut off are included:
    /// a text as far as it came, a call with the piece of its arguments that was written.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let slots = self.parts.iter().filter(|slot| !is_void(&slot.part));
        slots.map(|slot| slot.part.clone()).collect()
    }

    /// Like [`Fold::parts`], but only parts that are complete.
    #[must_use]
    pub fn complete_parts(&self) -> Vec<Part> {
        let slots = self
            .parts
            .iter()
            .filter(|slot| slot.complete && !is_void(&slot.part));
        slots.map(|slot| slot.part.clone()).collect()
    }

    fn slot(&mut self, index: usize) -> Option<&mut Slot> {
        self.parts.iter_mut().rev().find(|slot| slot.index == index)
    }

    fn open(&mut self, index: usize, part: Part) {
        let complete = false;
        self.parts.push(Slot {
            index,
            part,
            complete,
        });
    }

    fn close(&mut self, index: usize, part: Part) {
        let complete = true;
        match self.slot(index) {
            Some(slot) => {
                *slot = Slot {
                    index,
                    part,
                    complete,
                }
            }
            None => self.parts.push(Slot {
                index,
                part,
                complete,
            }),
        }
    }

    fn append(&mut self, index: usize, delta: &str) {
        match self.slot(index).map(|slot| &mut slot.part) {
            Some(Part::Text(part)) => part.text.push_str(delta),
            Some(Part::Reasoning(part)) => part.text.push_str(delta),
            Some(Part::ToolCall(part)) => part.args.push_str(delta),
            Some(Part::ToolResult(_) | Part::File(_) | Part::Source(_)) | None => {}
        }
    }
}

/// Providers refuse empty blocks in history, so they never get into it.
fn is_void(part: &Part) -> bool {
    match part {
        Part::Text(part) => part.text.is_empty() && part.native.is_none(),
        Part::Reasoning(part) => {
            part.text.is_empty()
                && part.signature.is_none()
                && part.encrypted.is_none()
                && part.native.is_none()
        }
        Part::ToolCall(_) | Part::ToolResult(_) | Part::File(_) | Part::Source(_) => false,
    }
}

/// Folds a whole stream.
pub(crate) async fn response(mut events: EventStream) -> Result<Response, Failure> {
    let mut fold = Fold::new();
    while let Some(event) = events.next().await {
        fold.push(&event?);
    }
    let parts = fold.parts();
    match fold.finish {
        Some(finish) => Ok(Response { parts, finish }),
        None => Err(Failure::of(FailureKind::Timeout, None)),
    }
}

/// Folds a whole stream and reads its text as JSON.
pub(crate) async fn object(events: EventStream) -> Result<Object, Failure> {
    let Response { parts, finish } = response(events).await?;
    let mut text = String::new();
    for part in &parts {
        if let Part::Text(part) = part {
            text.push_str(&part.text);
        }
    }
    match serde_json::from_str(&text) {
        Ok(value) => Ok(Object { value, finish }),
        Err(error) => {
            let failure = Failure::of(FailureKind::Generic, None);
            let detail = format!("the structured answer is not JSON: {error}");
            Err(failure
                .retryable(true)
                .with_detail(&detail)
                .with_usage(finish.usage))
        }
    }
}

#[cfg(test)]
mod tests;
