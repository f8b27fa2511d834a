//! The JSON of Anthropic Messages, fields in the order in which the official SDK sends them.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    pub(super) max_tokens: u32,
    pub(super) messages: Vec<Turn<'a>>,
    pub(super) model: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) system: Vec<Block<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice: Option<Choice<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    /// What the table of options places by itself.
    #[serde(flatten)]
    pub(super) options: Map<String, Value>,
}

#[derive(Debug, Serialize)]
pub(super) struct Turn<'a> {
    pub(super) role: &'static str,
    pub(super) content: Vec<Block<'a>>,
}

/// A content block with its optional cache mark.
#[derive(Debug, Serialize)]
pub(super) struct Block<'a> {
    #[serde(flatten)]
    pub(super) content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<CacheControl>,
}

impl<'a> From<Content<'a>> for Block<'a> {
    fn from(content: Content<'a>) -> Self {
        Self {
            content,
            cache_control: None,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    /// The provider's own block, as it came.
    Native(Value),
    Built(Built<'a>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Built<'a> {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: &'a str,
        input: Box<RawValue>,
    },
    ToolResult {
        tool_use_id: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
    Image {
        source: Blob<'a>,
    },
    Document {
        source: Blob<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
    },
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Blob<'a> {
    Base64 {
        media_type: &'a str,
        data: String,
    },
    Text {
        media_type: &'static str,
        data: String,
    },
    File {
        file_id: &'a str,
    },
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum CacheControl {
    Ephemeral,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Thinking {
    Enabled { budget_tokens: u32 },
    Adaptive { display: &'static str },
}

#[derive(Debug, Serialize)]
pub(super) struct Choice<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disable_parallel_tool_use: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Tool<'a> {
    Own {
        name: &'a str,
        description: &'a str,
        input_schema: &'a Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        eager_input_streaming: Option<bool>,
    },
    WebSearch {
        #[serde(rename = "type")]
        kind: &'static str,
        name: &'static str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        allowed_domains: Vec<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        blocked_domains: Vec<&'a str>,
    },
    Computer {
        #[serde(rename = "type")]
        kind: &'static str,
        name: &'static str,
        display_width_px: u32,
        display_height_px: u32,
    },
}

// ---- received -------------------------------------------------------------------------------

/// One event of a streamed answer, told apart by its own `type`: some gateways in between lose
/// the name of the server-sent event.
///
/// Nearly every event is a small delta, so nothing is copied here: what an event consists of is
/// read from its own text once the type is known.
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    pub(super) index: Option<usize>,
    #[serde(borrow)]
    pub(super) delta: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) usage: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// Reads a part of an event that must be there.
pub(super) fn required<'a, T: Deserialize<'a>>(
    part: Option<&'a RawValue>,
    name: &'static str,
) -> Result<T, serde_json::Error> {
    let part = part.ok_or_else(|| serde_json::Error::missing_field(name))?;
    serde_json::from_str(part.get())
}

#[derive(Debug, Deserialize)]
pub(super) struct Start {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) usage: Option<WireUsage>,
}

/// What a delta adds; its `type` names the field that is set.
#[derive(Debug, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) text: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) thinking: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) signature: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) partial_json: Cow<'a, str>,
    #[serde(default)]
    pub(super) citation: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Closing {
    pub(super) stop_reason: Option<String>,
    pub(super) stop_sequence: Option<String>,
}

/// An answer in one piece.
#[derive(Debug, Deserialize)]
pub(super) struct Whole {
    pub(super) content: Vec<Value>,
    #[serde(flatten)]
    pub(super) start: Start,
    #[serde(flatten)]
    pub(super) closing: Closing,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct WireUsage {
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) cache_creation_input_tokens: Option<u64>,
    pub(super) cache_read_input_tokens: Option<u64>,
    pub(super) output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct OutputDetails {
    pub(super) thinking_tokens: Option<u64>,
}
