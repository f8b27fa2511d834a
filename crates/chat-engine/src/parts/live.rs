//! One piece of live output.

use std::sync::Arc;

use muster_chat_state::content::Part;
use serde::{Deserialize, Serialize};

/// A piece of live output as it was produced: a delta, or a part that came whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LivePart {
    /// More text of the answer.
    Text { delta: String },
    /// More of the model's reasoning.
    Reasoning { delta: String },
    /// More of the arguments of a call that is being written.
    ToolArgs {
        tool_call_id: String,
        tool_name: String,
        delta: String,
    },
    /// More output of a call that is running.
    ResultDelta {
        tool_call_id: String,
        tool_name: String,
        delta: String,
    },
    /// A complete call, result or source.
    Whole { part: Arc<Part> },
}

impl LivePart {
    /// A part that came whole.
    #[must_use]
    pub fn whole(part: Part) -> Self {
        Self::Whole {
            part: Arc::new(part),
        }
    }

    /// The text that a delta adds; a whole part has none.
    #[must_use]
    pub fn delta(&self) -> Option<&str> {
        match self {
            Self::Text { delta }
            | Self::Reasoning { delta }
            | Self::ToolArgs {
                tool_call_id: _,
                tool_name: _,
                delta,
            }
            | Self::ResultDelta {
                tool_call_id: _,
                tool_name: _,
                delta,
            } => Some(delta),
            Self::Whole { part: _ } => None,
        }
    }

    /// The same delta with other text.
    pub(super) fn with_delta(&self, text: &str) -> Self {
        let mut other = self.clone();
        if let Some(delta) = other.delta_mut() {
            delta.clear();
            delta.push_str(text);
        }
        other
    }

    pub(super) const fn delta_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Text { delta }
            | Self::Reasoning { delta }
            | Self::ToolArgs {
                tool_call_id: _,
                tool_name: _,
                delta,
            }
            | Self::ResultDelta {
                tool_call_id: _,
                tool_name: _,
                delta,
            } => Some(delta),
            Self::Whole { part: _ } => None,
        }
    }

    /// Whether `next` continues the same text, so that both can be kept as one.
    pub(super) fn continues_in(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Text { delta: _ }, Self::Text { delta: _ })
            | (Self::Reasoning { delta: _ }, Self::Reasoning { delta: _ }) => true,
            (
                Self::ToolArgs {
                    tool_call_id: one,
                    tool_name: _,
                    delta: _,
                },
                Self::ToolArgs {
                    tool_call_id: other,
                    tool_name: _,
                    delta: _,
                },
            )
            | (
                Self::ResultDelta {
                    tool_call_id: one,
                    tool_name: _,
                    delta: _,
                },
                Self::ResultDelta {
                    tool_call_id: other,
                    tool_name: _,
                    delta: _,
                },
            ) => one == other,
            (
                Self::Text { delta: _ }
                | Self::Reasoning { delta: _ }
                | Self::ToolArgs {
                    tool_call_id: _,
                    tool_name: _,
                    delta: _,
                }
                | Self::ResultDelta {
                    tool_call_id: _,
                    tool_name: _,
                    delta: _,
                }
                | Self::Whole { part: _ },
                _,
            ) => false,
        }
    }

    /// Bytes that the part costs in memory, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text { delta } | Self::Reasoning { delta } => delta.len(),
            Self::ToolArgs {
                tool_call_id,
                tool_name,
                delta,
            }
            | Self::ResultDelta {
                tool_call_id,
                tool_name,
                delta,
            } => tool_call_id.len() + tool_name.len() + delta.len(),
            Self::Whole { part } => serde_json::to_vec(part.as_ref()).map_or(0, |json| json.len()),
        }
    }
}
