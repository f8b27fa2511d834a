//! What a failure is.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Usage;
use crate::provider::ProviderKind;

/// The kinds of failure that people and retry policy tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The provider has too much to do.
    Overloaded,
    /// The account's quota is used up.
    UsageLimit,
    /// The key is not accepted.
    Auth,
    /// Too many requests at once.
    RateLimit,
    /// The provider was not reached, or the connection broke.
    Timeout,
    /// The request cannot work: model, parameters or size.
    Config,
    /// Anything else.
    Generic,
    /// No first part in time.
    StartupTimeout,
    /// Silence in the middle of an answer.
    StreamSilenceTimeout,
    /// No key is stored. Known before any request.
    MissingKey,
    /// The provider is off or cannot be used. Known before any request.
    ProviderDisabled,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Overloaded,
        Self::UsageLimit,
        Self::Auth,
        Self::RateLimit,
        Self::Timeout,
        Self::Config,
        Self::Generic,
        Self::StartupTimeout,
        Self::StreamSilenceTimeout,
        Self::MissingKey,
        Self::ProviderDisabled,
    ];

    /// The name in the database and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::UsageLimit => "usage_limit",
            Self::Auth => "auth",
            Self::RateLimit => "rate_limit",
            Self::Timeout => "timeout",
            Self::Config => "config",
            Self::Generic => "generic",
            Self::StartupTimeout => "startup_timeout",
            Self::StreamSilenceTimeout => "stream_silence_timeout",
            Self::MissingKey => "missing_key",
            Self::ProviderDisabled => "provider_disabled",
        }
    }

    /// Whether a failure of this kind is retried unless its cause says otherwise.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Overloaded
            | Self::RateLimit
            | Self::Timeout
            | Self::StartupTimeout
            | Self::StreamSilenceTimeout => true,
            Self::UsageLimit
            | Self::Auth
            | Self::Config
            | Self::Generic
            | Self::MissingKey
            | Self::ProviderDisabled => false,
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the loop can do about a failure beyond waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Nothing special.
    #[default]
    Plain,
    /// The prompt is too long: compact once before giving up.
    ContextLength,
    /// The provider has forgotten the previous response: send the full history at once. Does
    /// not count as an attempt.
    ChainBroken,
    /// The provider does not take its own blocks back: another account has written them, or
    /// it keeps them no longer. Send the conversation without them at once. Does not count as
    /// an attempt.
    BlocksRefused,
    /// Our own side stopped the request.
    Interrupted,
}

/// A classified failure of a model call.
///
/// Its `Display` is the terminal text; the provider's own words are only in `detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// The provider, when known.
    pub provider: Option<ProviderKind>,
    /// The HTTP status, when one is known.
    pub status_code: Option<u16>,
    /// Whether another attempt makes sense.
    pub retryable: bool,
    /// The provider asks to wait at least this long (never more than `RETRY_AFTER_MAX`).
    pub retry_after: Option<Duration>,
    /// What the loop can do about it.
    pub cause: Cause,
    /// The provider's own message: bounded, redacted, never part of a text.
    pub detail: Option<Box<str>>,
    /// Tokens that the failed attempt was billed for.
    pub usage: Option<Box<Usage>>,
}

impl Failure {
    /// A failure of a kind, with the kind's own retry decision.
    #[must_use]
    pub const fn of(kind: FailureKind, provider: Option<ProviderKind>) -> Self {
        Self {
            kind,
            provider,
            status_code: None,
            retryable: kind.is_retryable(),
            retry_after: None,
            cause: Cause::Plain,
            detail: None,
            usage: None,
        }
    }

    /// Overrides the kind's retry decision.
    #[must_use]
    pub const fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// Adds the provider's own words, redacted and cut to the limit.
    #[must_use]
    pub fn with_detail(mut self, text: &str) -> Self {
        self.detail = super::payload::bounded_detail(text);
        self
    }

    /// Adds what the failed attempt cost; nothing reported is nothing added.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        if !usage.is_empty() {
            self.usage = Some(Box::new(usage));
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.terminal())
    }
}

impl std::error::Error for Failure {}
