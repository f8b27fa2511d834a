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

    /// What is asked for, the attempt that failed, and the wait for the next one.
    const DELAYS: [(Option<u64>, i64, Option<u64>); 12] = [
        (None, 1, Some(1_000)),
        (None, 6, Some(32_000)),
        (None, 7, Some(60_000)),
        (None, 24, Some(60_000)),
        (None, 25, None),
        (Some(0), 1, Some(1_000)),
        (Some(999), 1, Some(1_000)),
        (Some(1_001), 1, Some(1_001)),
        (Some(62_500), 7, Some(62_500)),
        (Some(600_000), 2, Some(600_000)),
        (Some(600_001), 2, Some(600_000)),
        (Some(1_000), 25, None),
    ];

    #[test]
    fn every_kind_waits_as_the_table_says_or_is_final_at_once() {
        for kind in FailureKind::ALL {
            let plain = Failure::of(kind, None);
            for (asked, attempt, expected) in DELAYS {
                let mut failure = plain.clone();
                failure.retry_after = asked.map(Duration::from_millis);
                let state = after(&failure, attempt, Micros(5));
                let expected = expected.filter(|_| kind.is_retryable());
                let delay = state.as_ref().map(|state| state.delay_ms);
                assert_eq!(delay, expected, "{kind} {asked:?} {attempt}");
                let Some(state) = state else { continue };
                let until = Micros(5) + Duration::from_millis(state.delay_ms);
                assert_eq!(state.retrying_at, until);
                assert_eq!(Some(state.error), failure.retry());
                assert_eq!(state.kind.as_deref(), Some(kind.as_str()));
            }
            // A failure may know better than its kind.
            let other = plain.clone().retryable(!kind.is_retryable());
            assert_eq!(after(&other, 1, Micros(0)).is_some(), !plain.retryable);
        }
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
