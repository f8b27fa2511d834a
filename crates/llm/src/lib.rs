//! Language models: one neutral interface over the providers' wire formats.
//!
//! The crate knows requests, parts, streams and failures of models, and nothing else: no
//! chats, no SQL, no routes. Codecs are pure functions from a [`Request`] to an HTTP request
//! and from received bytes to [`StreamEvent`]s; the transport between them owns the timers.
//! Whatever goes wrong leaves as a classified [`Failure`], worded in one place.

mod answer;
mod anthropic;
mod auth;
mod azure;
mod bedrock;
mod codec;
mod event_stream;
mod failure;
mod first_chunk;
mod fold;
mod gemini;
mod headers;
mod model;
mod openai;
mod options;
mod part;
mod price;
mod provider;
mod sigv4;
mod sse;
mod tap;
#[cfg(test)]
mod testing;
mod transport;

pub use answer::AnswerDecoder;
pub use anthropic::thinks_adaptively;
pub use failure::{Cause, Failure, FailureKind, FailurePayload, Origin, Raw, classify};
pub use fold::Fold;
pub use headers::{Attribution, attribution_headers};
pub use model::{
    Delivery, EventStream, Finish, FinishReason, LanguageModel, Message, Object, Params, Request,
    Response, ResponseSchema, Role, Screen, StreamEvent, System, ToolChoice, ToolDefinition, Usage,
};
pub use openai::{Effort, RESPONSES_PREFIXES, UnknownEffort, WireApi, is_chainable, wire_api_for};
pub use options::{
    OptionField, OptionKind, Place, ProviderOptions, Rule, Wire, common_fields, fields_of,
    options_key, rules_of,
};
pub use part::{
    File, FileData, Format, Native, Part, Reasoning, Source, Text, ToolCall, ToolContent,
    ToolResult,
};
pub use price::{Price, PriceError, Prices};
pub use provider::{ProviderConfig, ProviderKind, UnknownProvider, resolve_model};
pub use sse::{EventTooLarge, SseEvent, SseParser};
pub use tap::{Body, Exchange, Tap};
