//! How hard a model should think: the one table for all providers.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::provider::ProviderKind;

/// How hard a model should think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// Little.
    Low,
    /// The middle.
    Medium,
    /// Much.
    High,
    /// More than high.
    Xhigh,
    /// As much as possible.
    Max,
}

/// A text that names no effort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown reasoning effort")]
pub struct UnknownEffort;

impl Effort {
    /// All efforts, rising.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Minimal,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Xhigh,
        Self::Max,
    ];

    /// The name on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// Whether `provider` knows this effort; others are refused before anything is saved.
    #[must_use]
    pub const fn is_offered_by(self, provider: ProviderKind) -> bool {
        use ProviderKind::{
            Anthropic, Azure, Bedrock, Google, Openai, OpenaiCompat, Openrouter, Vercel,
        };
        match (self, provider) {
            (Self::None | Self::Minimal | Self::Xhigh, Openai | Azure | OpenaiCompat | Vercel) => {
                true
            }
            (
                Self::Low | Self::Medium | Self::High,
                Openai | Azure | OpenaiCompat | Anthropic | Bedrock | Openrouter | Vercel,
            ) => true,
            (Self::Max, Anthropic | Bedrock) => true,
            (
                Self::None | Self::Minimal | Self::Xhigh,
                Anthropic | Bedrock | Google | Openrouter,
            )
            | (Self::Low | Self::Medium | Self::High, Google)
            | (Self::Max, Openai | Azure | OpenaiCompat | Google | Openrouter | Vercel) => false,
        }
    }
}

impl FromStr for Effort {
    type Err = UnknownEffort;
    fn from_str(text: &str) -> Result<Self, UnknownEffort> {
        Self::ALL
            .into_iter()
            .find(|effort| effort.as_str() == text)
            .ok_or(UnknownEffort)
    }
}
