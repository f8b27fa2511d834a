//! OpenAI Chat Completions and its dialects.

mod decode;
mod encode;
mod wire;

use crate::codec::{Catalog, Codec, Decoder, Encoded, json_body, json_body_with, json_headers};
use crate::failure::Failure;
use crate::model::Request;
use crate::provider::ProviderKind;

/// Who is spoken to: the formats differ in a few fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenAI itself.
    Openai,
    /// OpenAI's models at Azure.
    Azure,
    /// Any other server, told only what all of them understand.
    Compat,
    /// OpenRouter, in front of many providers.
    Openrouter,
    /// Vercel AI Gateway, likewise.
    Vercel,
}

impl Dialect {
    pub(super) const fn provider(self) -> ProviderKind {
        match self {
            Self::Openai => ProviderKind::Openai,
            Self::Azure => ProviderKind::Azure,
            Self::Compat => ProviderKind::OpenaiCompat,
            Self::Openrouter => ProviderKind::Openrouter,
            Self::Vercel => ProviderKind::Vercel,
        }
    }

    /// Whether OpenAI's newest fields are known: strict schemas, uploaded files, the limit
    /// that counts reasoning too.
    const fn is_openai(self) -> bool {
        match self {
            Self::Openai | Self::Azure => true,
            Self::Compat | Self::Openrouter | Self::Vercel => false,
        }
    }

    /// Whether the other side is a gateway: reasoning has an object of its own there.
    const fn is_gateway(self) -> bool {
        match self {
            Self::Openrouter | Self::Vercel => true,
            Self::Openai | Self::Azure | Self::Compat => false,
        }
    }

    /// Whether marks of the cached prefix are understood: behind OpenRouter the models of
    /// Anthropic cache nothing without them, and others may stumble over them.
    fn takes_cache_marks(self, model: &str) -> bool {
        self == Self::Openrouter && model.starts_with("anthropic/")
    }
}

/// The codec of `POST /chat/completions`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChatCompletions(pub(crate) Dialect);

impl Codec for ChatCompletions {
    fn encode(&self, request: &Request) -> Result<Encoded, Failure> {
        let provider = self.0.provider();
        let body = encode::body(request, self.0);
        let body = match request.options.extra_body(provider) {
            Some(extra) => json_body_with(&body, extra, provider)?,
            None => json_body(&body, provider)?,
        };
        Ok(Encoded {
            path: "/chat/completions".into(),
            query: None,
            headers: json_headers(),
            body,
        })
    }

    fn decoder(&self, request: &Request) -> Box<dyn Decoder> {
        Box::new(decode::ChatDecoder::new(&request.model, self.0.provider()))
    }

    fn catalog(&self) -> Catalog {
        Catalog {
            path: "/models",
            query: None,
            headers: json_headers(),
        }
    }
}

#[cfg(test)]
mod tests;
