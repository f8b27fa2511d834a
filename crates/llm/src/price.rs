//! What a call cost: exact decimals, rounded up once.

use std::str::FromStr;

use muster_base::MicroDollars;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Usage;

/// Decimal places that a price may have: a millionth of a micro-dollar per token.
const PLACES: u32 = 12;
/// `10^PLACES`.
const UNIT: i128 = 1_000_000_000_000;
/// Dollars per million tokens beyond which a price is a typing error; keeps sums in range.
const DOLLARS_MAX: i128 = 1_000_000_000;

/// A price in US dollars per million tokens, which is micro-dollars per token.
///
/// Held as an exact decimal. On the wire it is a decimal string or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i128);

/// A text that is not a usable price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a price: want a decimal number of at least 0 with at most {PLACES} decimal places")]
pub struct PriceError;

impl FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let text = text.trim();
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (
                digits,
                exponent.parse::<i32>().map_err(|_overflow| PriceError)?,
            ),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit());
        if !all_digits || whole.len() + fraction.len() == 0 || text.len() > 40 {
            return Err(PriceError);
        }
        let mantissa: i128 = format!("{whole}{fraction}")
            .parse()
            .map_err(|_overflow| PriceError)?;
        let places = i32::try_from(fraction.len()).map_err(|_overflow| PriceError)?;
        let shift = exponent
            .saturating_sub(places)
            .saturating_add(PLACES.cast_signed());
        scale(mantissa, shift)
            .filter(|value| *value <= DOLLARS_MAX * UNIT)
            .map(Self)
            .ok_or(PriceError)
    }
}

/// `mantissa × 10^shift`, if that is a whole number in range.
fn scale(mantissa: i128, shift: i32) -> Option<i128> {
    if mantissa == 0 {
        return Some(0);
    }
    let factor = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        return mantissa.checked_mul(factor);
    }
    (mantissa % factor == 0).then_some(mantissa / factor)
}

impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fraction = format!("{:012}", self.0 % UNIT);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{}{point}{fraction}", self.0 / UNIT)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Text(String),
            Number(serde_json::Number),
        }
        let text = match Wire::deserialize(deserializer)? {
            Wire::Text(text) => text,
            // The shortest decimal that reads back as the same number: what was written.
            Wire::Number(number) => number.to_string(),
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The prices of one model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// Input that is neither read from nor written to a cache.
    #[serde(rename = "input_price_per_million_tokens", default)]
    pub input: Option<Price>,
    /// Output, reasoning included.
    #[serde(rename = "output_price_per_million_tokens", default)]
    pub output: Option<Price>,
    /// Input read from a cache; without a price of its own it costs as input.
    #[serde(rename = "cache_read_price_per_million_tokens", default)]
    pub cache_read: Option<Price>,
    /// Input written to a cache; without a price of its own it costs as input.
    #[serde(rename = "cache_write_price_per_million_tokens", default)]
    pub cache_write: Option<Price>,
}

impl Prices {
    /// These prices, and those of `other` where there is none.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            cache_read: self.cache_read.or(other.cache_read),
            cache_write: self.cache_write.or(other.cache_write),
        }
    }

    /// The cost of a call, rounded up to a whole micro-dollar once.
    ///
    /// `None` when the provider reported nothing, or tokens of a component have no price: such
    /// a call counts as unpriced, never as free.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<MicroDollars> {
        if usage.is_empty() {
            return None;
        }
        let components = [
            (usage.input, self.input),
            (usage.output, self.output),
            (usage.cache_read, self.cache_read.or(self.input)),
            (usage.cache_creation, self.cache_write.or(self.input)),
        ];
        let mut sum = 0_i128;
        for (tokens, price) in components {
            match (tokens.unwrap_or(0), price) {
                (0, _) => {}
                (_, None) => return None,
                (tokens, Some(Price(price))) => {
                    sum = sum.saturating_add(price.saturating_mul(i128::from(tokens)));
                }
            }
        }
        let whole = sum / UNIT + i128::from(sum % UNIT != 0);
        Some(MicroDollars(i64::try_from(whole).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests;
