//! The JSON of Responses, fields in the order in which the official SDK sends them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) include: Vec<Value>,
    pub(super) input: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) instructions: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_output_tokens: Option<u32>,
    pub(super) model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_response_id: Option<&'a str>,
    pub(super) store: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) text: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice: Option<Choice<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    /// What the model configuration adds, the reasoning effort included.
    #[serde(flatten)]
    pub(super) options: Map<String, Value>,
}

/// One item of the conversation.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item<'a> {
    /// The provider's own block.
    Native(Map<String, Value>),
    /// A block that the view rebuilds.
    Built(Built<'a>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Built<'a> {
    Message {
        role: &'static str,
        content: Vec<Content<'a>>,
    },
    FunctionCall {
        arguments: String,
        call_id: String,
        name: &'a str,
    },
    FunctionCallOutput {
        call_id: String,
        output: Output<'a>,
    },
}

/// What a tool gave back: text alone stays a plain string.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Output<'a> {
    Text(String),
    Parts(Vec<Content<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Content<'a> {
    InputText {
        text: String,
    },
    OutputText {
        text: &'a str,
    },
    InputImage {
        #[serde(flatten)]
        image: Image<'a>,
        detail: &'static str,
    },
    InputFile {
        #[serde(flatten)]
        file: InputFile<'a>,
    },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Image<'a> {
    Data { image_url: String },
    Id { file_id: &'a str },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum InputFile<'a> {
    Data {
        file_data: String,
        filename: &'a str,
    },
    Id {
        file_id: &'a str,
    },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Choice<'a> {
    Mode(&'static str),
    Named {
        #[serde(rename = "type")]
        kind: &'static str,
        name: &'a str,
    },
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Tool<'a> {
    Function {
        name: &'a str,
        description: &'a str,
        parameters: &'a Value,
        /// The provider takes an absent field for `true`, and our schemas are not of the
        /// strict kind.
        strict: bool,
    },
    WebSearch {
        #[serde(skip_serializing_if = "Option::is_none")]
        search_context_size: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        filters: Option<Filters<'a>>,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct Filters<'a> {
    pub(super) allowed_domains: Vec<&'a str>,
}

// ---- received -------------------------------------------------------------------------------

/// One event of a streamed answer. Those that only repeat what others say are not read.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Event {
    #[serde(rename = "response.created", alias = "response.in_progress")]
    Created { response: Response },
    #[serde(rename = "response.output_item.added")]
    ItemAdded {
        #[serde(default)]
        output_index: u64,
        item: Value,
    },
    #[serde(
        rename = "response.output_text.delta",
        alias = "response.refusal.delta"
    )]
    TextDelta {
        #[serde(default)]
        output_index: u64,
        #[serde(default)]
        content_index: u64,
        delta: String,
    },
    #[serde(rename = "response.output_text.annotation.added")]
    Annotation { annotation: Value },
    #[serde(rename = "response.reasoning_summary_part.added")]
    SummaryPart {
        #[serde(default)]
        output_index: u64,
    },
    #[serde(
        rename = "response.reasoning_summary_text.delta",
        alias = "response.reasoning_text.delta"
    )]
    ReasoningDelta {
        #[serde(default)]
        output_index: u64,
        delta: String,
    },
    #[serde(rename = "response.function_call_arguments.delta")]
    ArgumentsDelta {
        #[serde(default)]
        output_index: u64,
        delta: String,
    },
    #[serde(rename = "response.output_item.done")]
    ItemDone {
        #[serde(default)]
        output_index: u64,
        item: Value,
    },
    #[serde(
        rename = "response.completed",
        alias = "response.incomplete",
        alias = "response.failed",
        alias = "response.cancelled"
    )]
    Ended { response: Response },
    #[serde(rename = "error")]
    Error {
        #[serde(flatten)]
        error: Map<String, Value>,
    },
    #[serde(other)]
    Other,
}

/// The response as the opening and closing events and whole answers hold it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Response {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) output: Option<Vec<Value>>,
    pub(super) usage: Option<WireUsage>,
    pub(super) error: Option<Value>,
    pub(super) incomplete_details: Option<Incomplete>,
    pub(super) service_tier: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Incomplete {
    pub(super) reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct WireUsage {
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) total_tokens: Option<u64>,
    pub(super) input_tokens_details: Option<InputDetails>,
    pub(super) output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct InputDetails {
    pub(super) cached_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct OutputDetails {
    pub(super) reasoning_tokens: Option<u64>,
}
