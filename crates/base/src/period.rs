//! Calendar periods in UTC: over which money is counted.

use std::fmt;

use crate::Micros;
use crate::time::TimeError;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// How long a count goes on before it begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday 00:00 to the next one.
    Week,
    /// From the first of a month to the first of the next one.
    Month,
}

/// A stretch of time: from `start` on, up to but without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    pub start: Micros,
    pub end: Micros,
}

impl Span {
    /// Whether a point in time lies in the stretch.
    #[must_use]
    pub fn contains(&self, at: Micros) -> bool {
        (self.start..self.end).contains(&at)
    }
}

impl Period {
    /// Every period, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The stored and wire form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == text)
    }

    /// The period that holds a point in time.
    ///
    /// # Errors
    /// When the time lies beyond what a calendar has names for.
    pub fn around(self, at: Micros) -> Result<Span, TimeError> {
        let day = at.0.div_euclid(DAY);
        match self {
            Self::Day => Ok(days(day, 1)),
            // Day 0 of the epoch was a Thursday.
            Self::Week => Ok(days(day - (day + 3).rem_euclid(7), 7)),
            Self::Month => at.month(),
        }
    }
}

const fn days(first: i64, count: i64) -> Span {
    Span {
        start: Micros(first.saturating_mul(DAY)),
        end: Micros(first.saturating_add(count).saturating_mul(DAY)),
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(period: Period, at: &str, start: &str, end: &str) {
        let at = Micros::parse(at).unwrap();
        let span = period.around(at).unwrap();
        let expected = Span {
            start: Micros::parse(start).unwrap(),
            end: Micros::parse(end).unwrap(),
        };
        assert_eq!(span, expected, "{period} around {at}");
        assert!(span.contains(at) && !span.contains(span.end));
    }

    #[test]
    fn day_goes_from_midnight_to_midnight() {
        let (start, end) = ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
        check(Period::Day, "2026-03-01T00:00:00Z", start, end);
        check(Period::Day, "2026-03-01T23:59:59.999999Z", start, end);
        // Wherever the clock on the wall stands.
        check(Period::Day, "2026-03-02T01:30:00+02:00", start, end);
        let before = ("1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z");
        check(Period::Day, "1969-12-31T23:59:59Z", before.0, before.1);
    }

    #[test]
    fn week_begins_on_monday() {
        let (start, end) = ("2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z");
        check(Period::Week, "2026-02-23T00:00:00Z", start, end);
        check(Period::Week, "2026-03-01T23:59:59.999999Z", start, end);
        let next = ("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
        check(Period::Week, "2026-03-02T00:00:00Z", next.0, next.1);
        let first = ("1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z");
        check(Period::Week, "1970-01-01T00:00:00Z", first.0, first.1);
    }

    #[test]
    fn month_is_as_long_as_the_calendar_says() {
        let leap = ("2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z");
        check(Period::Month, "2028-02-29T23:59:59Z", leap.0, leap.1);
        let plain = ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
        check(Period::Month, "2026-02-28T23:59:59Z", plain.0, plain.1);
        let last = ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z");
        check(Period::Month, "2026-12-31T23:59:59.999999Z", last.0, last.1);
        check(Period::Month, "2026-12-01T00:00:00Z", last.0, last.1);
    }

    #[test]
    fn time_beyond_the_calendar_has_no_month() {
        assert!(Period::Month.around(Micros(i64::MAX)).is_err());
        assert!(Period::Week.around(Micros(i64::MAX)).is_ok());
    }

    #[test]
    fn texts_read_back() {
        for period in Period::ALL {
            assert_eq!(Period::parse(period.as_str()), Some(period));
        }
        assert_eq!(Period::parse("year"), None);
    }
}
