//! Secrets that clients send. They come in and never go out.

use muster_base::Secret;
use serde::{Deserialize, Deserializer};

/// A text that is never shown, logged or serialised.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct SecretText(Secret<String>);

impl SecretText {
    /// The secret; call it where it is checked or stored, nowhere else.
    #[must_use]
    pub const fn expose(&self) -> &str {
        self.0.expose().as_str()
    }

    /// The wrapped secret.
    #[must_use]
    pub fn into_secret(self) -> Secret<String> {
        self.0
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}
