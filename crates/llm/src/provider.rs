//! The eight providers, and how one is configured.

mod config;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::config::ProviderConfig;

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

#[cfg(test)]
mod tests;
