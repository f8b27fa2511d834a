//! Language models: one neutral interface over the providers' wire formats.
//!
//! The crate knows requests, parts, streams and failures of models, and nothing else: no
//! chats, no SQL, no routes. Codecs are pure functions from a [`Request`] to an HTTP request
//! and from received bytes to [`StreamEvent`]s; the transport between them owns the timers.
//! Whatever goes wrong leaves as a classified [`Failure`], worded in one place.

mod failure;
mod fold;
mod headers;
mod model;
mod openai;
mod part;
mod provider;

pub use failure::{Cause, Failure, FailureKind, FailurePayload};
pub use fold::Fold;
pub use headers::{Attribution, attribution_headers};
pub use model::{
    Delivery, EventStream, Finish, FinishReason, LanguageModel, Message, Object, Params, Request,
    Response, ResponseSchema, Role, StreamEvent, System, ToolChoice, ToolDefinition, Usage,
};
pub use openai::Effort;
pub use part::{
    File, FileData, Format, Native, Part, Reasoning, Source, Text, ToolCall, ToolContent,
    ToolResult,
};
pub use provider::{ProviderConfig, ProviderKind, UnknownProvider};
