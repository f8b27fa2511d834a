//! Points in time as whole microseconds since the Unix epoch.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::period::Span;

/// A point in time: microseconds since the Unix epoch, UTC.
///
/// Inside Muster and in the database it is an `i64`; on the wire it is RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(pub i64);

/// A text that is not a time in the form it was read as.
#[derive(Debug, thiserror::Error)]
#[error("not a time in the form it should have")]
pub struct TimeError(#[source] jiff::Error);

impl Micros {
    /// The Unix epoch.
    pub const ZERO: Self = Self(0);

    /// The time that has passed since `earlier`; zero if it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whole milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Reads an RFC 3339 time such as `2026-03-01T09:30:00.5Z`.
    ///
    /// # Errors
    /// When the text is not such a time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        jiff::Timestamp::from_str(text)
            .map(|at| Self(at.as_microsecond()))
            .map_err(TimeError)
    }

    /// Reads the date of an HTTP header such as `Wed, 21 Oct 2026 07:28:00 GMT`, or one of the
    /// two obsolete forms that a recipient must still accept (RFC 9110, 5.6.7).
    ///
    /// # Errors
    /// When the text is not such a date.
    pub fn parse_http_date(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        let obsolete = |format: &str| {
            let parsed = jiff::fmt::strtime::parse(format, text).and_then(|at| at.to_datetime());
            parsed.and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC))
        };
        jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(text)
            .or_else(|error| {
                let parsed = obsolete("%A, %d-%b-%y %H:%M:%S GMT")
                    .or_else(|_| obsolete("%a %b %e %H:%M:%S %Y"));
                parsed.map(|at| at.timestamp()).or(Err(error))
            })
            .map(|at| Self(at.as_microsecond()))
            .map_err(TimeError)
    }

    /// The month around this time, in UTC.
    pub(crate) fn month(self) -> Result<Span, TimeError> {
        let bounds = || {
            let date = jiff::Timestamp::from_microsecond(self.0)?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .date();
            let first = date.first_of_month();
            let next = date.last_of_month().tomorrow()?;
            Ok(Span {
                start: midnight(first)?,
                end: midnight(next)?,
            })
        };
        bounds().map_err(TimeError)
    }
}

fn midnight(date: jiff::civil::Date) -> Result<Micros, jiff::Error> {
    let at = date.to_zoned(jiff::tz::TimeZone::UTC)?;
    Ok(Micros(at.timestamp().as_microsecond()))
}

fn signed_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Micros {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(signed_micros(rhs)))
    }
}

impl Sub<Duration> for Micros {
    type Output = Self;
    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(signed_micros(rhs)))
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_form_is_rfc_3339_and_reads_back() {
        let at = Micros(1_772_357_400_500_000);
        let text = serde_json::to_string(&at).unwrap();
        assert_eq!(text, "\"2026-03-01T09:30:00.5Z\"");
        assert_eq!(serde_json::from_str::<Micros>(&text).unwrap(), at);
    }

    #[test]
    fn http_dates_read_as_utc() {
        let at = Micros::parse_http_date("Sun, 01 Mar 2026 09:30:00 GMT").unwrap();
        assert_eq!(at, Micros(1_772_357_400_000_000));
        for obsolete in ["Sunday, 01-Mar-26 09:30:00 GMT", "Sun Mar  1 09:30:00 2026"] {
            assert_eq!(Micros::parse_http_date(obsolete).unwrap(), at, "{obsolete}");
        }
        assert!(Micros::parse_http_date("tomorrow").is_err());
    }

    #[test]
    fn time_since_a_later_point_is_zero() {
        assert_eq!(Micros(1).since(Micros(2)), Duration::ZERO);
        assert_eq!(Micros(5).since(Micros(2)), Duration::from_micros(3));
    }
}
