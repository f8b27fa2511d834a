//! Guessing one account's password gets slower with every failure.
//!
//! After five failures in a row the next attempt is refused until a delay has passed, and the
//! delay doubles with each further failure up to a minute. A success forgets everything.
//! Unknown accounts are counted alike, so that the answer does not tell whether one exists.

use std::collections::HashMap;
use std::time::Duration;

use muster_base::{Clock, Micros, limits};
use parking_lot::Mutex;

/// Failures by account.
#[derive(Debug)]
pub(crate) struct LoginLimits {
    clock: Clock,
    accounts: Mutex<HashMap<String, Failures>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    last_at: Micros,
}

impl Failures {
    fn allowed_at(self) -> Micros {
        let Some(beyond) = self.count.checked_sub(limits::LOGIN_FAILURES_FREE) else {
            return Micros::ZERO;
        };
        let factor = 2_u32.checked_pow(beyond).unwrap_or(u32::MAX);
        let delay = limits::LOGIN_DELAY_FIRST.saturating_mul(factor);
        self.last_at + delay.min(limits::LOGIN_DELAY_MAX)
    }
}

impl LoginLimits {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            accounts: Mutex::default(),
        }
    }

    /// Whether the account may be tried now; the error is the time until it may. The attempt
    /// counts as failed until [`Self::forget`], so that many at once do not share one answer.
    pub(crate) fn attempt(&self, account: &str) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut accounts = self.accounts.lock();
        if accounts.len() >= limits::RATE_LIMIT_KEYS_MAX {
            accounts.retain(|_, failures| now.since(failures.last_at) < limits::LOGIN_DELAY_MAX);
        }
        let failures = accounts.entry(folded(account)).or_default();
        let allowed_at = failures.allowed_at();
        if allowed_at > now {
            return Err(allowed_at.since(now));
        }
        failures.count = failures.count.saturating_add(1);
        failures.last_at = now;
        Ok(())
    }

    /// The person signed in, or the failure was ours.
    pub(crate) fn forget(&self, account: &str) {
        self.accounts.lock().remove(&folded(account));
    }
}

fn folded(account: &str) -> String {
    account.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use muster_base::MockClock;

    use super::*;

    #[test]
    fn sixth_failure_waits_and_the_wait_doubles_up_to_a_minute() {
        let mock = MockClock::new(Micros(1_000_000_000));
        let logins = LoginLimits::new(mock.clock());
        for _ in 0..limits::LOGIN_FAILURES_FREE {
            assert_eq!(logins.attempt("Ann@example.com"), Ok(()));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = logins.attempt("ann@example.com").unwrap_err();
            assert_eq!(wait, Duration::from_secs(seconds));
            mock.advance(wait);
            assert_eq!(logins.attempt("ann@example.com"), Ok(()));
        }
        assert_eq!(logins.attempt("bob@example.com"), Ok(()));
        logins.forget("ANN@example.com ");
        assert_eq!(logins.attempt("ann@example.com"), Ok(()));
    }
}
