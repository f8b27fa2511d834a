//! A model's events as live parts, and an interrupted episode as the parts that are kept.

use std::collections::{HashMap, HashSet};

use muster_chat_state::content::{self, Part};
use muster_llm::StreamEvent;
use serde_json::Value;

use crate::compaction::SUMMARY_TOOL;
use crate::parts::LivePart;
use crate::prompt::blocks::Account;
use crate::prompt::convert;

/// Remembers which call the argument deltas of a part belong to.
#[derive(Debug)]
pub(super) struct LiveParts<'a> {
    /// Who writes them: an attempt that is stopped keeps them as they are.
    account: &'a Account,
    calls: HashMap<usize, (String, String)>,
}

impl<'a> LiveParts<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        Self {
            account,
            calls: HashMap::new(),
        }
    }

    fn whole(&self, part: Part) -> LivePart {
        LivePart::whole(self.account.stamp(part))
    }

    /// What an event shows; most events show something.
    pub(super) fn part(&mut self, event: &StreamEvent) -> Option<LivePart> {
        match event {
            StreamEvent::TextDelta { index: _, text } => Some(LivePart::Text {
                delta: text.clone(),
            }),
            StreamEvent::ReasoningDelta { index: _, text } => Some(LivePart::Reasoning {
                delta: text.clone(),
            }),
            StreamEvent::ToolInputStart {
                index,
                id,
                name,
                provider_executed: _,
            } => {
                self.calls.insert(*index, (id.clone(), name.clone()));
                None
            }
            StreamEvent::ToolInputDelta { index, delta } => {
                let (tool_call_id, tool_name) = self.calls.get(index)?.clone();
                Some(LivePart::ToolArgs {
                    tool_call_id,
                    tool_name,
                    delta: delta.clone(),
                })
            }
            StreamEvent::ToolCall { index: _, call } => {
                let call = convert::stored_call(call.clone());
                Some(self.whole(Part::ToolCall(call)))
            }
            StreamEvent::ToolResult { index: _, result } => {
                let result = muster_llm::Part::ToolResult(result.clone());
                Some(self.whole(convert::to_stored(result)))
            }
            StreamEvent::Source { index: _, source } => {
                let source = muster_llm::Part::Source(source.clone());
                Some(self.whole(convert::to_stored(source)))
            }
            StreamEvent::TextStart { index: _ }
            | StreamEvent::TextEnd { .. }
            | StreamEvent::ReasoningStart { index: _ }
            | StreamEvent::ReasoningEnd { .. }
            | StreamEvent::ToolInputEnd { index: _ }
            | StreamEvent::Finish(_) => None,
        }
    }
}

/// What is kept of an attempt that was stopped: text, thoughts, calls whole and half-built.
pub(crate) fn partial(parts: Vec<LivePart>) -> Vec<Part> {
    let whole: HashSet<String> = parts.iter().filter_map(whole_call_id).collect();
    let kept = parts.into_iter().filter_map(|part| match part {
        LivePart::Text { delta } => {
            let is_blank = delta.trim().is_empty();
            (!is_blank).then(|| Part::text(delta))
        }
        LivePart::Reasoning { delta } => Some(Part::Reasoning(content::Reasoning {
            text: delta,
            ..content::Reasoning::default()
        })),
        LivePart::ToolArgs {
            tool_call_id,
            tool_name,
            delta,
        } if !whole.contains(&tool_call_id) => Some(Part::ToolCall(content::ToolCall {
            tool_call_id,
            tool_name,
            args: Some(Value::String(delta)),
            ..content::ToolCall::default()
        })),
        LivePart::Whole { part } if !is_summary(&part) => Some(part.as_ref().clone()),
        LivePart::Whole { .. } | LivePart::ToolArgs { .. } | LivePart::ResultDelta { .. } => None,
    });
    let mut kept: Vec<Part> = kept.collect();
    content::unique_call_ids(&mut kept);
    kept
}

/// A summary that was stopped is none: nothing of it is kept.
fn is_summary(part: &Part) -> bool {
    let call = part.as_tool_call().map(|call| call.tool_name.as_str());
    let result = || part.as_tool_result().map(|it| it.tool_name.as_str());
    call.or_else(result) == Some(SUMMARY_TOOL)
}

fn whole_call_id(part: &LivePart) -> Option<String> {
    match part {
        LivePart::Whole { part } => Some(part.as_tool_call()?.tool_call_id.clone()),
        LivePart::Text { .. }
        | LivePart::Reasoning { .. }
        | LivePart::ToolArgs { .. }
        | LivePart::ResultDelta { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(delta: &str) -> LivePart {
        LivePart::ToolArgs {
            tool_call_id: "1".to_owned(),
            tool_name: "execute".to_owned(),
            delta: delta.to_owned(),
        }
    }

    #[test]
    fn half_built_call_is_kept_with_what_was_written() {
        let text = LivePart::Text {
            delta: "I will".to_owned(),
        };
        let kept = partial(vec![text, args("{\"command\": \"l")]);
        let call = kept[1].as_tool_call().unwrap();
        assert_eq!(kept[0], Part::text("I will"));
        assert_eq!(
            call.args,
            Some(Value::String("{\"command\": \"l".to_owned()))
        );
    }

    #[test]
    fn whole_call_takes_the_place_of_its_pieces() {
        let call = content::ToolCall {
            tool_call_id: "1".to_owned(),
            ..content::ToolCall::default()
        };
        let whole = LivePart::whole(Part::ToolCall(call.clone()));
        assert_eq!(partial(vec![args("{}"), whole]), [Part::ToolCall(call)]);
    }
}
