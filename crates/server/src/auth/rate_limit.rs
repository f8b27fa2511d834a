//! Token buckets: so many requests a minute, per person or address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use muster_base::{Clock, Micros, UserId, limits};
use parking_lot::Mutex;

const MINUTE_MICROS: i64 = 60_000_000;

/// Whose requests are counted, and against which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Requests of a person.
    User(UserId),
    /// Requests of nobody in particular.
    Address(IpAddr),
    /// Files that a person uploads.
    Upload(UserId),
    /// Attempts to sign in.
    Login(IpAddr),
    /// New passwords that a person sets.
    Password(UserId),
}

impl Key {
    const fn per_minute(self) -> i64 {
        match self {
            Self::User(_) | Self::Address(_) => limits::API_PER_MINUTE as i64,
            Self::Upload(_) => limits::UPLOADS_PER_MINUTE as i64,
            Self::Login(_) => limits::LOGIN_PER_MINUTE as i64,
            Self::Password(_) => limits::PASSWORD_CHANGES_PER_MINUTE as i64,
        }
    }
}

/// The buckets of this process.
#[derive(Debug)]
pub(crate) struct RateLimits {
    clock: Clock,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

/// Time is the content: a bucket is full when `empty_at` lies a minute back.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// When the bucket was, or will have been, empty.
    empty_at: Micros,
}

impl RateLimits {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            buckets: Mutex::default(),
        }
    }

    /// Counts one request; the error is the time until the next one is welcome.
    pub(crate) fn take(&self, key: Key) -> Result<(), Duration> {
        let now = self.clock.now();
        let cost = MINUTE_MICROS / key.per_minute();
        let mut buckets = self.buckets.lock();
        if buckets.len() >= limits::RATE_LIMIT_KEYS_MAX {
            // Full buckets say no more than absent ones.
            buckets.retain(|_, bucket| now.0 - bucket.empty_at.0 < MINUTE_MICROS);
        }
        let full = Micros(now.0 - MINUTE_MICROS);
        let bucket = buckets.entry(key).or_insert(Bucket { empty_at: full });
        let empty_at = Micros(bucket.empty_at.0.max(full.0) + cost);
        if empty_at > now {
            return Err(empty_at.since(now));
        }
        bucket.empty_at = empty_at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use muster_base::MockClock;

    use super::*;

    #[test]
    fn bucket_empties_and_fills_again() {
        let mock = MockClock::new(Micros(1_000_000_000));
        let rates = RateLimits::new(mock.clock());
        let me = Key::Login(IpAddr::from([127, 0, 0, 1]));
        for _ in 0..limits::LOGIN_PER_MINUTE {
            assert_eq!(rates.take(me), Ok(()));
        }
        assert_eq!(rates.take(me), Err(Duration::from_secs(1)));
        let other = Key::Login(IpAddr::from([127, 0, 0, 2]));
        assert_eq!(rates.take(other), Ok(()));
        mock.advance(Duration::from_secs(1));
        assert_eq!(rates.take(me), Ok(()));
        assert!(rates.take(me).is_err());
    }
}
