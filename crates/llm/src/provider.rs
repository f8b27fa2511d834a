//! The eight providers, how one is configured, and the door from there to a model.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use muster_base::{Clock, Secret};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::anthropic;
use crate::codec::Codec;
use crate::failure::{Failure, FailureKind};
use crate::model::LanguageModel;
use crate::openai::chat::{ChatCompletions, Dialect};
use crate::transport::{Endpoint, HttpModel, build_client, list_models};

/// A provider, in the order in which lists show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// Anthropic's own API.
    Anthropic,
    /// Azure OpenAI.
    Azure,
    /// AWS Bedrock.
    Bedrock,
    /// Google's Gemini API.
    Google,
    /// OpenAI's own API.
    Openai,
    /// Anything else that speaks Chat Completions.
    OpenaiCompat,
    /// OpenRouter.
    Openrouter,
    /// Vercel AI Gateway.
    Vercel,
}

/// A text that names no provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown provider")]
pub struct UnknownProvider;

impl ProviderKind {
    /// All providers in their fixed order.
    pub const ALL: [Self; 8] = [
        Self::Anthropic,
        Self::Azure,
        Self::Bedrock,
        Self::Google,
        Self::Openai,
        Self::OpenaiCompat,
        Self::Openrouter,
        Self::Vercel,
    ];

    /// The name in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Azure => "azure",
            Self::Bedrock => "bedrock",
            Self::Google => "google",
            Self::Openai => "openai",
            Self::OpenaiCompat => "openai-compat",
            Self::Openrouter => "openrouter",
            Self::Vercel => "vercel",
        }
    }

    /// The name that people read.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Anthropic => "Anthropic",
            Self::Azure => "Azure OpenAI",
            Self::Bedrock => "AWS Bedrock",
            Self::Google => "Google",
            Self::Openai => "OpenAI",
            Self::OpenaiCompat => "OpenAI Compatible",
            Self::Openrouter => "OpenRouter",
            Self::Vercel => "Vercel AI Gateway",
        }
    }

    /// Where the provider is when the configuration names no base URL.
    #[must_use]
    pub const fn default_base_url(self) -> Option<&'static str> {
        match self {
            Self::Anthropic => Some("https://api.anthropic.com"),
            Self::Google => Some("https://generativelanguage.googleapis.com"),
            Self::Openai => Some("https://api.openai.com/v1"),
            Self::Openrouter => Some("https://openrouter.ai/api/v1"),
            Self::Vercel => Some("https://ai-gateway.vercel.sh/v1"),
            Self::Azure | Self::Bedrock | Self::OpenaiCompat => None,
        }
    }

    /// Guesses the provider from a bare model name.
    #[must_use]
    pub fn guess(model: &str) -> Option<Self> {
        let is_o_series = model
            .strip_prefix('o')
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        if model.starts_with("claude-") {
            Some(Self::Anthropic)
        } else if model.starts_with("gpt-") || model.starts_with("chatgpt-") || is_o_series {
            Some(Self::Openai)
        } else {
            None
        }
    }
}

/// Reads a reference to a model: `provider:model` or `provider/model`, else a model of the
/// configured provider, else a guess from the name.
///
/// Behind OpenRouter and Vercel a slash is part of the name (`anthropic/claude-…`), so with one
/// of them configured only the colon form names another provider.
#[must_use]
pub fn resolve_model(
    reference: &str,
    configured: Option<ProviderKind>,
) -> Option<(ProviderKind, &str)> {
    let is_gateway = matches!(
        configured,
        Some(ProviderKind::Openrouter | ProviderKind::Vercel)
    );
    let prefixed = |sign: char| {
        let (prefix, model) = reference.split_once(sign)?;
        let kind = prefix.parse().ok()?;
        (!model.is_empty()).then_some((kind, model))
    };
    prefixed(':')
        .or_else(|| prefixed('/').filter(|_| !is_gateway))
        .or_else(|| {
            Some((
                configured.or_else(|| ProviderKind::guess(reference))?,
                reference,
            ))
        })
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProviderKind {
    type Err = UnknownProvider;
    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownProvider)
    }
}

/// One configured provider: what a transport needs and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Which provider.
    pub kind: ProviderKind,
    /// Where it is; `None` or blank is the provider's default.
    pub base_url: Option<String>,
    /// The key; may be absent for an `openai-compat` server that asks for none.
    pub api_key: Option<Secret>,
}

impl ProviderConfig {
    /// Opens the provider: one client, and so one connection pool, per configuration.
    ///
    /// # Errors
    /// [`FailureKind::MissingKey`] or [`FailureKind::ProviderDisabled`] when the configuration
    /// cannot work, without any request.
    pub fn connect(&self, clock: &Clock) -> Result<Arc<dyn LanguageModel>, Failure> {
        Ok(Arc::new(HttpModel::new(self.endpoint(clock)?)))
    }

    /// The provider's own list of models. Asking for it proves address and key, so this is how
    /// a configuration is checked before it is saved.
    ///
    /// # Errors
    /// Like any model call; a wrong key is [`FailureKind::Auth`].
    pub async fn models(&self, clock: &Clock) -> Result<Vec<String>, Failure> {
        list_models(&self.endpoint(clock)?).await
    }

    /// The wire format, which needs neither address nor key.
    pub(crate) fn codec(&self) -> Result<Box<dyn Codec>, Failure> {
        Ok(match self.kind {
            ProviderKind::Anthropic => Box::new(anthropic::Messages),
            ProviderKind::Openai => Box::new(ChatCompletions(Dialect::Openai)),
            ProviderKind::OpenaiCompat => Box::new(ChatCompletions(Dialect::Compat)),
            ProviderKind::Azure
            | ProviderKind::Bedrock
            | ProviderKind::Google
            | ProviderKind::Openrouter
            | ProviderKind::Vercel => {
                return Err(self.unusable("this provider is not supported yet"));
            }
        })
    }

    fn endpoint(&self, clock: &Clock) -> Result<Endpoint, Failure> {
        let codec = self.codec()?;
        let base_url = self.parsed_base_url()?;
        let client = build_client(&base_url, clock)
            .map_err(|error| self.unusable(&format!("no client: {error}")))?;
        Ok(Endpoint {
            provider: self.kind,
            codec,
            client,
            clock: clock.clone(),
            base_url,
            key_headers: self.key_headers()?,
            key: self.key().cloned(),
        })
    }

    fn unusable(&self, detail: &str) -> Failure {
        Failure::of(FailureKind::ProviderDisabled, Some(self.kind)).with_detail(detail)
    }

    fn parsed_base_url(&self) -> Result<Url, Failure> {
        let own = self
            .base_url
            .as_deref()
            .map(str::trim)
            .filter(|url| !url.is_empty());
        let text = own
            .or_else(|| self.kind.default_base_url())
            .ok_or_else(|| self.unusable("the provider needs a base URL"))?;
        let url = Url::parse(text).ok();
        url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| self.unusable("the base URL is not an http or https address"))
    }

    fn key(&self) -> Option<&Secret> {
        let key = self.api_key.as_ref();
        key.filter(|key| !key.expose().trim().is_empty())
    }

    fn key_headers(&self) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        let Some(key) = self.key() else {
            // Local servers mostly ask for none.
            if self.kind == ProviderKind::OpenaiCompat {
                return Ok(headers);
            }
            return Err(Failure::of(FailureKind::MissingKey, Some(self.kind)));
        };
        let key = key.expose().trim();
        let (name, text) = if self.kind == ProviderKind::Anthropic {
            (HeaderName::from_static("x-api-key"), key.to_owned())
        } else {
            (header::AUTHORIZATION, format!("Bearer {key}"))
        };
        let mut value = HeaderValue::try_from(text).map_err(|_invalid| {
            let failure = Failure::of(FailureKind::Auth, Some(self.kind));
            failure.with_detail("the key contains characters that no key has")
        })?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(headers)
    }
}

#[cfg(test)]
mod tests;
