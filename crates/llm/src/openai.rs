//! OpenAI's wire formats.

pub(crate) mod chat;
mod effort;
mod responses;

pub use effort::{Effort, UnknownEffort};

use serde::{Deserialize, Serialize};

use self::chat::{ChatCompletions, Dialect};
use self::responses::Responses;
use crate::codec::{Catalog, Codec, Decoder, Encoded};
use crate::failure::Failure;
use crate::model::Request;
use crate::options::ProviderOptions;
use crate::provider::ProviderKind;

/// Which of OpenAI's two formats a model is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireApi {
    /// `POST /responses`.
    Responses,
    /// `POST /chat/completions`.
    ChatCompletions,
}

/// The codec of a provider that speaks both formats; each request takes the one of its model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByModel(pub(crate) Dialect);

impl ByModel {
    fn of(self, request: &Request) -> Box<dyn Codec> {
        match wire_api_for(&request.model, request.wire_api) {
            WireApi::Responses => Box::new(Responses(self.0.provider())),
            WireApi::ChatCompletions => Box::new(ChatCompletions(self.0)),
        }
    }
}

impl Codec for ByModel {
    fn encode(&self, request: &Request) -> Result<Encoded, Failure> {
        self.of(request).encode(request)
    }

    fn decoder(&self, request: &Request) -> Box<dyn Decoder> {
        self.of(request).decoder(request)
    }

    fn catalog(&self) -> Catalog {
        ChatCompletions(self.0).catalog()
    }
}

/// Names of models that are asked in the Responses format. Everything else, and so every model
/// behind a compatible server, is asked in Chat Completions.
pub const RESPONSES_PREFIXES: [&str; 9] = [
    "gpt-4.1",
    "gpt-4o",
    "gpt-5",
    "o1",
    "o3",
    "o4",
    "codex",
    "computer-use",
    "chatgpt-",
];

/// The format in which OpenAI and Azure are asked for `model`: what the model configuration
/// says, else what the name says.
#[must_use]
pub fn wire_api_for(model: &str, configured: Option<WireApi>) -> WireApi {
    let by_name = || {
        let is_known = RESPONSES_PREFIXES
            .iter()
            .any(|prefix| model.starts_with(prefix));
        if is_known {
            WireApi::Responses
        } else {
            WireApi::ChatCompletions
        }
    };
    configured.unwrap_or_else(by_name)
}

/// Whether the provider is told to keep the response, so that a later request can continue
/// after it. It is, unless the model configuration says otherwise.
fn is_stored(options: &ProviderOptions) -> bool {
    options.flag("store").unwrap_or(true)
}

/// Whether a request for `model` can be continued by its response's id.
#[must_use]
pub fn is_chainable(
    provider: ProviderKind,
    model: &str,
    configured: Option<WireApi>,
    options: &ProviderOptions,
) -> bool {
    use ProviderKind::{
        Anthropic, Azure, Bedrock, Google, Openai, OpenaiCompat, Openrouter, Vercel,
    };
    match provider {
        Openai | Azure => {
            wire_api_for(model, configured) == WireApi::Responses && is_stored(options)
        }
        Anthropic | Bedrock | Google | OpenaiCompat | Openrouter | Vercel => false,
    }
}

#[cfg(test)]
mod tests;
