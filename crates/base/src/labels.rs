//! Labels: what people sort their chats by.

use std::collections::BTreeMap;

use crate::limits::{LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_MAX};

/// Labels that keep every rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(BTreeMap<String, String>);

/// The rule that a label breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// More than fit.
    #[error("at most {LABELS_MAX} labels are allowed")]
    TooMany,
    /// A key that is empty, too long or has other characters.
    #[error(
        "a key is 1 to {LABEL_KEY_BYTES_MAX} letters, digits, `.`, `_`, `/` and `-`, \
         and begins with a letter or a digit"
    )]
    Key { key: String },
    /// A value that is empty, too long or holds NUL.
    #[error("a value is 1 to {LABEL_VALUE_BYTES_MAX} bytes of text")]
    Value { key: String },
}

impl LabelError {
    /// The key of the label that is wrong; absent when it is their number.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::TooMany => None,
            Self::Key { key } | Self::Value { key } => Some(key),
        }
    }
}

impl Labels {
    /// Checks labels that came from outside.
    ///
    /// # Errors
    /// The first rule that is broken, in the order of the keys.
    pub fn new(labels: BTreeMap<String, String>) -> Result<Self, LabelError> {
        if labels.len() > LABELS_MAX {
            return Err(LabelError::TooMany);
        }
        for (key, value) in &labels {
            if !is_key(key) {
                return Err(LabelError::Key { key: key.clone() });
            }
            if !is_value(value) {
                return Err(LabelError::Value { key: key.clone() });
            }
        }
        Ok(Self(labels))
    }

    /// The labels by key.
    #[must_use]
    pub const fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `key:value`, split at the first colon. Neither half may be empty; what no label can be
/// finds nothing, which is no error.
#[must_use]
pub fn split_label(text: &str) -> Option<(&str, &str)> {
    let halves = text.split_once(':');
    halves.filter(|(key, value)| !key.is_empty() && !value.is_empty())
}

fn is_key(key: &str) -> bool {
    let mut bytes = key.bytes();
    key.len() <= LABEL_KEY_BYTES_MAX
        && bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
}

/// PostgreSQL has no place for NUL in a text.
fn is_value(value: &str) -> bool {
    (1..=LABEL_VALUE_BYTES_MAX).contains(&value.len()) && !value.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, value: &str, expect: &Result<(), LabelError>) {
        let labels = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        assert_eq!(&Labels::new(labels).map(drop), expect, "{key:?}: {value:?}");
    }

    fn bad_key(key: &str) -> Result<(), LabelError> {
        Err(LabelError::Key { key: key.into() })
    }

    #[test]
    fn keys_have_their_own_characters_and_length() {
        for key in [
            "a",
            "9",
            "github.com/acme-org/repo_1",
            &"k".repeat(LABEL_KEY_BYTES_MAX),
        ] {
            check(key, "v", &Ok(()));
        }
        let long = "k".repeat(LABEL_KEY_BYTES_MAX + 1);
        for key in [
            "", ".a", "-a", "/a", "_a", "a b", "a:b", "ключ", "a\n", &long,
        ] {
            check(key, "v", &bad_key(key));
        }
    }

    #[test]
    fn values_are_any_text_of_a_length() {
        for value in ["v", "a:b c", "значение", &"v".repeat(LABEL_VALUE_BYTES_MAX)] {
            check("k", value, &Ok(()));
        }
        let long = "v".repeat(LABEL_VALUE_BYTES_MAX + 1);
        for value in ["", "a\0b", &long] {
            check("k", value, &Err(LabelError::Value { key: "k".into() }));
        }
    }

    #[test]
    fn fifty_labels_fit_and_one_more_does_not() {
        let many = |count: usize| {
            let pairs = (0..count).map(|number| (format!("k{number}"), "v".to_owned()));
            Labels::new(pairs.collect())
        };
        assert_eq!(many(LABELS_MAX).unwrap().as_map().len(), LABELS_MAX);
        assert_eq!(many(LABELS_MAX + 1), Err(LabelError::TooMany));
        assert_eq!(LabelError::TooMany.key(), None);
        assert!(many(0).unwrap().is_empty());
    }

    #[test]
    fn filter_is_split_at_the_first_colon() {
        assert_eq!(split_label("a:b:c"), Some(("a", "b:c")));
        for wrong in ["", "a", ":", "a:", ":b"] {
            assert_eq!(split_label(wrong), None, "{wrong:?}");
        }
    }
}
