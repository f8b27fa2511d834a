//! The one classification: what went wrong, and whether another attempt makes sense.

use std::time::Duration;

use muster_base::limits::RETRY_AFTER_MAX;

use super::kind::{Cause, Failure, FailureKind};
use super::signals::{
    AUTH, INTERRUPTED, OVERLOADED, OWN_LIMIT, QUOTA, RATE_LIMIT, SERVER_ERROR, Signals, TIMEOUT,
    WEAK_AUTH,
};
use crate::provider::ProviderKind;

/// Where a failure was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An HTTP answer with an error status.
    Response,
    /// An error event inside a stream. The stream's own HTTP status says nothing.
    StreamEvent,
    /// DNS, connecting, a reset or a cut in mid-stream.
    Connection,
    /// The server's certificate or the TLS handshake.
    Tls,
    /// The stream ended without its terminal event.
    ClosedEarly,
    /// Broken framing or JSON.
    Malformed,
    /// One event or the whole answer is beyond its limit.
    Oversize,
    /// A complete answer without any part.
    EmptyAnswer,
    /// The provider's filter stopped an answer before its first part.
    Filtered,
    /// No first part in time.
    Startup,
    /// Silence after the first part.
    Silence,
    /// The turn's own deadline has passed.
    Deadline,
    /// We stopped the request ourselves.
    Cancelled,
}

/// A failure before it is classified.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    /// Where it was noticed.
    pub origin: Origin,
    /// The provider that was asked; beats every guess from the text.
    pub provider: Option<ProviderKind>,
    /// The HTTP status, where there is one.
    pub status: Option<u16>,
    /// The provider's error code or type.
    pub code: Option<&'a str>,
    /// The provider's message or the transport's.
    pub text: &'a str,
    /// What the provider asked to wait.
    pub retry_after: Option<Duration>,
    /// When the quota that the text speaks of is there again, where that is soon.
    pub quota_renewal: Option<Duration>,
}

impl<'a> Raw<'a> {
    /// A failure without a provider's answer.
    #[must_use]
    pub const fn new(origin: Origin, provider: Option<ProviderKind>, text: &'a str) -> Self {
        Self {
            origin,
            provider,
            status: None,
            code: None,
            text,
            retry_after: None,
            quota_renewal: None,
        }
    }
}

/// Kind, retry decision and cause.
type Verdict = (FailureKind, bool, Cause);

/// Classifies a failure. Everything that can go wrong with a model call passes here.
#[must_use]
pub fn classify(raw: &Raw<'_>) -> Failure {
    let signals = Signals::read(raw.status, raw.code, raw.text);
    let (kind, retryable, cause) = verdict(raw, &signals);
    let mut failure = Failure::of(kind, raw.provider.or_else(|| signals.provider()));
    failure.retryable = retryable;
    failure.cause = cause;
    // A wait that nobody will make is no news.
    let asked = raw.retry_after.filter(|_| retryable);
    failure.retry_after = asked.map(|wait| wait.min(RETRY_AFTER_MAX));
    if matches!(raw.origin, Origin::Response | Origin::StreamEvent) {
        failure.status_code = signals.status;
    }
    failure.with_detail(raw.text)
}

fn verdict(raw: &Raw<'_>, signals: &Signals) -> Verdict {
    let plain = |kind: FailureKind| (kind, kind.is_retryable(), Cause::Plain);
    match raw.origin {
        Origin::Response | Origin::StreamEvent => by_signals(signals, raw.quota_renewal.is_some()),
        Origin::Connection | Origin::ClosedEarly | Origin::Malformed => plain(FailureKind::Timeout),
        Origin::Tls | Origin::Oversize | Origin::Filtered => plain(FailureKind::Generic),
        Origin::EmptyAnswer => (FailureKind::Generic, true, Cause::Plain),
        Origin::Startup => plain(FailureKind::StartupTimeout),
        Origin::Silence => plain(FailureKind::StreamSilenceTimeout),
        Origin::Deadline => (FailureKind::Timeout, false, Cause::Plain),
        Origin::Cancelled => (FailureKind::Generic, false, Cause::Interrupted),
    }
}

/// The table of signals; the first row that matches wins. A quota that `renews` soon is a rate
/// limit by another name.
fn by_signals(signals: &Signals, renews: bool) -> Verdict {
    let config = signals.is_config();
    let quota = signals.says(&QUOTA);
    let auth = signals.is(&[401, 402]) || signals.says(&AUTH);
    let weak_auth = signals.is(&[403]) || signals.says(&WEAK_AUTH);
    let rate_limit = signals.is(&[429]) || signals.says(&RATE_LIMIT);
    let timeout = signals.is(&[408, 502, 503, 504]) || signals.says(&TIMEOUT);
    let own_limit = signals.is(&[409]) && signals.says(&OWN_LIMIT);
    let (kind, retryable) = if signals.says(&INTERRUPTED) {
        return (FailureKind::Generic, false, Cause::Interrupted);
    } else if signals.is_chain_broken() {
        return (FailureKind::Config, true, Cause::ChainBroken);
    } else if signals.are_blocks_refused() {
        return (FailureKind::Config, false, Cause::BlocksRefused);
    } else if signals.is(&[529]) || signals.says(&OVERLOADED) {
        (FailureKind::Overloaded, true)
    } else if renews && signals.is(&[429]) {
        (FailureKind::RateLimit, true)
    } else if own_limit || quota {
        (FailureKind::UsageLimit, false)
    } else if auth || (weak_auth && !config) {
        (FailureKind::Auth, false)
    } else if rate_limit && !config {
        (FailureKind::RateLimit, true)
    } else if timeout && !config {
        (FailureKind::Timeout, true)
    } else if config || signals.is(&[400, 404, 413, 422]) {
        (FailureKind::Config, false)
    } else if signals.is(&[500]) || signals.says(&SERVER_ERROR) {
        (FailureKind::Generic, true)
    } else {
        (FailureKind::Generic, false)
    };
    let too_long = kind == FailureKind::Config && signals.is_context_length();
    let cause = if too_long {
        Cause::ContextLength
    } else {
        Cause::Plain
    };
    (kind, retryable, cause)
}
