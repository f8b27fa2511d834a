//! The machine-readable form of a failure, and the redaction of the provider's own words.

use muster_base::limits::FAILURE_DETAIL_BYTES_MAX;
use serde::{Deserialize, Serialize};

use super::kind::{Failure, FailureKind};
use super::redact::redact;
use crate::provider::ProviderKind;

/// A failure as it is stored and sent to clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailurePayload {
    /// The kind.
    pub kind: FailureKind,
    /// The terminal text.
    pub message: String,
    /// The retry text, for kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_message: Option<String>,
    /// The provider, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderKind>,
    /// Whether another attempt makes sense.
    pub retryable: bool,
    /// The HTTP status, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    /// What the provider asked to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The provider's own message, redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Failure {
    /// The machine-readable form.
    #[must_use]
    pub fn payload(&self) -> FailurePayload {
        FailurePayload {
            kind: self.kind,
            message: self.terminal(),
            retry_message: self.retry(),
            provider: self.provider,
            retryable: self.retryable,
            status_code: self.status_code,
            retry_after_ms: self
                .retry_after
                .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            detail: self.detail.as_deref().map(str::to_owned),
        }
    }
}

/// Redacts and cuts the provider's own words; nothing left is `None`.
pub(super) fn bounded_detail(text: &str) -> Option<Box<str>> {
    // Bound the work before looking at it: a hostile body may be megabytes.
    let head = text
        .trim()
        .floor_char_boundary(4 * FAILURE_DETAIL_BYTES_MAX);
    let redacted = redact(text.trim().get(..head)?);
    let end = redacted.floor_char_boundary(FAILURE_DETAIL_BYTES_MAX);
    redacted
        .get(..end)
        .filter(|cut| !cut.is_empty())
        .map(Box::from)
}
