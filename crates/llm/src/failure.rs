//! Why a model call failed: one classification that drives retries, texts and stored errors.

mod classify;
mod kind;
mod message;
mod payload;
mod redact;
mod retry_after;
mod signals;
#[cfg(test)]
mod tests;

pub use classify::{Origin, Raw, classify};
pub use kind::{Cause, Failure, FailureKind};
pub use payload::FailurePayload;
pub(crate) use redact::redact;
pub(crate) use retry_after::{headers_in_error, renewal_in_error, retry_after, wait_in_error};
