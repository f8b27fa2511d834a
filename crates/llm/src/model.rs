//! The interface: a request goes in, a stream of events or one response comes out.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;
use crate::fold;
use crate::headers::Attribution;
use crate::openai::{Effort, WireApi};
use crate::options::ProviderOptions;
use crate::part::{Native, Part, Reasoning, Source, ToolCall, ToolResult};
use crate::tap::Tap;

/// What a model's stream yields; a failure is its last item.
pub type EventStream = BoxStream<'static, Result<StreamEvent, Failure>>;

/// A model behind one provider configuration.
pub trait LanguageModel: Send + Sync {
    /// Sends the request and yields events as they come. Nothing is sent before the first
    /// poll; dropping the stream drops the connection.
    ///
    /// A stream that ends without [`StreamEvent::Finish`] ended with a failure.
    fn stream(&self, request: Request) -> EventStream;

    /// The whole response at once.
    fn generate(&self, request: Request) -> BoxFuture<'static, Result<Response, Failure>> {
        Box::pin(fold::response(self.stream(request)))
    }

    /// A JSON value that follows `schema`.
    fn generate_object(
        &self,
        mut request: Request,
        schema: ResponseSchema,
    ) -> BoxFuture<'static, Result<Object, Failure>> {
        request.response_schema = Some(schema);
        Box::pin(fold::object(self.stream(request)))
    }
}

/// Everything that one model call needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The provider's name of the model.
    pub model: String,
    /// System texts, in order.
    pub system: Vec<System>,
    /// The conversation.
    pub messages: Vec<Message>,
    /// Tools on offer. The order is part of the cached prefix.
    pub tools: Vec<ToolDefinition>,
    /// Whether the model may, must or must not call a tool.
    pub tool_choice: ToolChoice,
    /// Sampling and limits.
    pub params: Params,
    /// What only this provider understands.
    pub options: ProviderOptions,
    /// OpenAI and Azure: which of the two formats, when the model's name should not decide.
    pub wire_api: Option<WireApi>,
    /// Offers the provider-defined computer tool for a screen that we run.
    pub computer: Option<Screen>,
    /// Continue after this response instead of replaying history (Responses only).
    pub previous_response_id: Option<String>,
    /// The answer is JSON of this schema.
    pub response_schema: Option<ResponseSchema>,
    /// Streamed, or in one piece.
    pub delivery: Delivery,
    /// Listens to the attempt.
    pub tap: Option<Tap>,
    /// Whose request it is; `None` only outside any chat.
    pub attribution: Option<Attribution>,
}

/// How the provider is asked to answer. The events are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As server-sent events.
    #[default]
    Streamed,
    /// As one JSON document; the first-part limit then covers all of it.
    Whole,
}

/// One system text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// The text.
    pub text: String,
    /// The prompt up to here is worth caching.
    pub cache_mark: bool,
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A person.
    User,
    /// The model.
    Assistant,
    /// The results of tools.
    Tool,
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
    /// The prompt up to here is worth caching.
    pub cache_mark: bool,
}

impl Message {
    /// A message without a cache mark.
    #[must_use]
    pub const fn new(role: Role, parts: Vec<Part>) -> Self {
        Self {
            role,
            parts,
            cache_mark: false,
        }
    }
}

/// A tool on offer.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolDefinition {
    /// The name that a call carries.
    pub name: String,
    /// What the tool does and when to use it.
    pub description: String,
    /// JSON schema of the arguments, an object.
    pub input_schema: Value,
}

/// Whether the model may, must or must not call a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// No calls.
    None,
    /// At least one call.
    Required,
    /// A call of this tool.
    Named(String),
}

/// The screen behind the provider-defined computer tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Sampling and limits. What is `None` is not sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    /// Most tokens of the answer, reasoning included. Formats that insist on a number get
    /// `OUTPUT_TOKENS_DEFAULT` when it is `None`.
    pub max_output_tokens: Option<u32>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Sampling from the k most likely tokens, where the format has it.
    pub top_k: Option<u32>,
    /// Penalty for tokens that occurred at all.
    pub presence_penalty: Option<f64>,
    /// Penalty for tokens by how often they occurred.
    pub frequency_penalty: Option<f64>,
    /// How hard the model should think: what the message says, else the options.
    pub reasoning_effort: Option<Effort>,
    /// Texts at which the model stops.
    pub stop: Vec<String>,
}

/// The answer is JSON of this schema.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseSchema {
    /// A short name; some formats want one.
    pub name: String,
    /// The JSON schema.
    pub schema: Value,
}

/// One event of an answer. `index` names the part that the event belongs to; parts are
/// numbered in the order of their start.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// A text begins.
    TextStart {
        /// The part.
        index: usize,
    },
    /// More of a text.
    TextDelta {
        /// The part.
        index: usize,
        /// What is new.
        text: String,
    },
    /// A text is complete.
    TextEnd {
        /// The part.
        index: usize,
        /// The provider's own block, when it says more than the text.
        native: Option<Native>,
    },
    /// Reasoning begins.
    ReasoningStart {
        /// The part.
        index: usize,
    },
    /// More reasoning.
    ReasoningDelta {
        /// The part.
        index: usize,
        /// What is new.
        text: String,
    },
    /// Reasoning is complete.
    ReasoningEnd {
        /// The part.
        index: usize,
        /// All of it, with signature or encrypted content.
        reasoning: Reasoning,
    },
    /// The model begins to write a call's arguments.
    ToolInputStart {
        /// The part.
        index: usize,
        /// The call.
        id: String,
        /// The tool.
        name: String,
        /// The provider runs this tool itself.
        provider_executed: bool,
    },
    /// More of the arguments.
    ToolInputDelta {
        /// The part.
        index: usize,
        /// What is new: a piece of JSON text.
        delta: String,
    },
    /// The arguments are complete; [`StreamEvent::ToolCall`] follows.
    ToolInputEnd {
        /// The part.
        index: usize,
    },
    /// A complete call.
    ToolCall {
        /// The part.
        index: usize,
        /// The call. Its arguments may be broken JSON.
        call: ToolCall,
    },
    /// The result of a tool that the provider ran itself.
    ToolResult {
        /// The part.
        index: usize,
        /// The result.
        result: ToolResult,
    },
    /// A page the model cites.
    Source {
        /// The part.
        index: usize,
        /// The page.
        source: Source,
    },
    /// The answer is complete. Always the last event of a good stream.
    Finish(Finish),
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// Why.
    pub reason: FinishReason,
    /// Tokens, as the provider counted them.
    pub usage: Usage,
    /// The provider's id of the response.
    pub response_id: Option<String>,
    /// The model's context limit, where the provider tells.
    pub context_limit: Option<u64>,
    /// The provider's own closing facts (resolved model, stop sequence).
    pub metadata: Option<Value>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model is done.
    Stop,
    /// The model waits for results.
    ToolCalls,
    /// The output limit or the context window is full.
    Length,
    /// The provider refused to go on.
    ContentFilter,
    /// The provider wants to be called with the same messages to go on.
    Pause,
    /// Anything else.
    Other,
}

/// Tokens of one model call. Absent is absent, not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Input without what came from or went into the cache, on every provider.
    #[serde(
        rename = "input_tokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub input: Option<u64>,
    /// Output including reasoning.
    #[serde(
        rename = "output_tokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub output: Option<u64>,
    /// All tokens; the sum when the provider gives none.
    #[serde(
        rename = "total_tokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub total: Option<u64>,
    /// The part of `output` that was reasoning.
    #[serde(
        rename = "reasoning_tokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub reasoning: Option<u64>,
    /// Input read from the cache.
    #[serde(
        rename = "cache_read_tokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub cache_read: Option<u64>,
    /// Input written to the cache.
    #[serde(
        rename = "cache_creation_tokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub cache_creation: Option<u64>,
}

impl Usage {
    /// Whether the provider reported nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Fills `total` with the sum of the parts when the provider gave none.
    #[must_use]
    pub fn with_total(mut self) -> Self {
        let parts = [
            self.input,
            self.output,
            self.cache_read,
            self.cache_creation,
        ];
        if self.total.is_none() && parts.iter().any(Option::is_some) {
            let sum = parts.into_iter().flatten().fold(0_u64, u64::saturating_add);
            self.total = Some(sum);
        }
        self
    }

    /// The sum of two calls, for attempts that were billed but did not commit.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        Self {
            input: add(self.input, other.input),
            output: add(self.output, other.output),
            total: add(self.total, other.total),
            reasoning: add(self.reasoning, other.reasoning),
            cache_read: add(self.cache_read, other.cache_read),
            cache_creation: add(self.cache_creation, other.cache_creation),
        }
    }
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The parts in order; empty texts are left out.
    pub parts: Vec<Part>,
    /// How it ended.
    pub finish: Finish,
}

/// A complete structured answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The JSON that the model wrote.
    pub value: Value,
    /// How it ended.
    pub finish: Finish,
}
