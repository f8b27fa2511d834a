//! A field of a PATCH body: absent, null or a value.

use serde::{Deserialize, Deserializer};

/// What a PATCH says about one field.
///
/// Use with `#[serde(default)]`, so that an absent field becomes [`Patch::Keep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field is absent: leave the stored value alone.
    #[default]
    Keep,
    /// The field is null.
    Null,
    /// The field has a value.
    Set(T),
}

impl<T> Patch<T> {
    /// The value, if one was given.
    pub fn set(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Null => None,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Null, Self::Set))
    }
}
