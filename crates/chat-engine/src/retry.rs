//! When a failed model attempt is repeated. The policy; what failed and how it is worded is
//! `llm`'s business.

use std::time::Duration;

use muster_base::limits::{
    MODEL_ATTEMPTS_MAX, MODEL_RETRY_FIRST, MODEL_RETRY_MAX, RETRY_AFTER_MAX,
};
use muster_base::{Backoff, Micros};
use muster_llm::{Failure, FailureKind};
use muster_store::chats::{LastError, RetryState};

const BACKOFF: Backoff = Backoff {
    first: MODEL_RETRY_FIRST,
    max: MODEL_RETRY_MAX,
};

/// The wait before the next attempt, after attempt number `attempt` failed at `now`; `None`
/// when the failure is final.
pub(crate) fn after(failure: &Failure, attempt: i64, now: Micros) -> Option<RetryState> {
    let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
    if !failure.retryable || attempt >= MODEL_ATTEMPTS_MAX {
        return None;
    }
    let asked = failure.retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
    let delay = BACKOFF.delay(attempt).max(asked);
    Some(RetryState {
        attempt,
        delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        error: failure.retry().unwrap_or_else(|| failure.terminal()),
        kind: Some(failure.kind.as_str().to_owned()),
        provider: failure
            .provider
            .map(|provider| provider.as_str().to_owned()),
        status_code: failure.status_code,
        retrying_at: now + delay,
    })
}

/// What is left of a recorded wait; zero when there is none.
pub(crate) fn remaining(state: Option<&RetryState>, now: Micros) -> Duration {
    state.map_or(Duration::ZERO, |state| state.retrying_at.since(now))
}

/// A final failure as the chat keeps it.
pub(crate) fn last_error(failure: &Failure) -> LastError {
    LastError {
        message: failure.terminal(),
        kind: failure.kind.as_str().to_owned(),
        provider: failure
            .provider
            .map(|provider| provider.as_str().to_owned()),
        retryable: failure.retryable,
        status_code: failure.status_code,
        detail: failure.detail.as_deref().map(str::to_owned),
    }
}

/// A failure of our own, in words for the user.
pub(crate) fn own_error(message: &str) -> LastError {
    LastError {
        message: message.to_owned(),
        kind: FailureKind::Generic.as_str().to_owned(),
        ..LastError::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overloaded() -> Failure {
        Failure::of(FailureKind::Overloaded, None)
    }

    fn delay_secs(failure: &Failure, attempt: i64) -> Option<u64> {
        after(failure, attempt, Micros(0)).map(|state| state.delay_ms / 1_000)
    }

    #[test]
    fn delays_double_up_to_a_minute_and_end_after_25_attempts() {
        let failure = overloaded();
        let delays: Vec<_> = (1..=25)
            .map(|attempt| delay_secs(&failure, attempt))
            .collect();
        let mut expected: Vec<_> = [1, 2, 4, 8, 16, 32].map(Some).to_vec();
        expected.resize(24, Some(60));
        expected.push(None);
        assert_eq!(delays, expected);
    }

    #[test]
    fn retry_after_is_a_minimum_up_to_ten_minutes() {
        let mut failure = overloaded();
        failure.retry_after = Some(Duration::from_secs(20));
        assert_eq!(delay_secs(&failure, 1), Some(20));
        assert_eq!(delay_secs(&failure, 7), Some(60));
        failure.retry_after = Some(Duration::from_secs(10_000));
        assert_eq!(delay_secs(&failure, 1), Some(600));
    }

    #[test]
    fn failure_that_will_not_pass_is_final_at_once() {
        assert_eq!(delay_secs(&Failure::of(FailureKind::Auth, None), 1), None);
    }

    #[test]
    fn new_owner_waits_only_the_rest() {
        let state = after(&overloaded(), 3, Micros(0));
        let left = remaining(state.as_ref(), Micros(3_000_000));
        assert_eq!(left, Duration::from_secs(1));
        assert_eq!(remaining(state.as_ref(), Micros(9_000_000)), Duration::ZERO);
        assert_eq!(remaining(None, Micros(0)), Duration::ZERO);
    }
}
