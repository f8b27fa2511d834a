//! Capped exponential delays.

use std::time::Duration;

/// Delays that double from `first` up to `max`. Without jitter they are exact, so that a
/// test can name them; callers that may herd add [`Backoff::jittered`].
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The delay before the second try.
    pub first: Duration,
    /// No delay is longer.
    pub max: Duration,
}

impl Backoff {
    /// The delay after `failures` failed tries (1 = the first failure).
    #[must_use]
    pub fn delay(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1_u32 << doublings).min(self.max)
    }

    /// A random delay between zero and [`Backoff::delay`] ("full jitter").
    #[must_use]
    pub fn jittered(&self, failures: u32) -> Duration {
        let mut byte = [0_u8; 2];
        let share = match getrandom::fill(&mut byte) {
            Ok(()) => f64::from(u16::from_le_bytes(byte)) / f64::from(u16::MAX),
            Err(_) => 1.0,
        };
        self.delay(failures).mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap() {
        let backoff = Backoff {
            first: Duration::from_secs(1),
            max: Duration::from_secs(60),
        };
        let seconds: Vec<u64> = (1..=8).map(|n| backoff.delay(n).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.delay(1_000).as_secs(), 60);
        assert!(backoff.jittered(7) <= Duration::from_secs(60));
    }
}
