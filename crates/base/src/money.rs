//! Money as whole micro-dollars.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// An amount of US dollars in millionths. Sums saturate: a cost never wraps into a credit.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroDollars(pub i64);

impl MicroDollars {
    /// Nothing.
    pub const ZERO: Self = Self(0);
}

impl Add for MicroDollars {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign for MicroDollars {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Sum for MicroDollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for MicroDollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        write!(f, "{sign}${}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_saturate_instead_of_wrapping() {
        let most = MicroDollars(i64::MAX);
        assert_eq!(most + MicroDollars(1), most);
        let sum: MicroDollars = [MicroDollars(2), MicroDollars(3)].into_iter().sum();
        assert_eq!(sum, MicroDollars(5));
    }

    #[test]
    fn display_shows_every_micro_dollar() {
        assert_eq!(MicroDollars(1_234_567).to_string(), "$1.234567");
        assert_eq!(MicroDollars(-1).to_string(), "-$0.000001");
    }
}
