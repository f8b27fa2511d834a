//! Why a model call failed: one classification that drives retries, texts and stored errors.

mod kind;
mod message;
mod payload;

pub use kind::{Cause, Failure, FailureKind};
pub use payload::FailurePayload;
