//! What a model configuration may ask of one provider beyond the common parameters (F17).
//!
//! One table ([`table`]) says which fields a provider offers, what values they take and where
//! each stands on every wire. The admin form, the validation, and the request body are read
//! from it, so a field that is offered is a field that is sent.

mod table;

use serde_json::{Map, Value};

pub use self::table::{OptionField, OptionKind, Place, Wire, fields_of, options_key};
use crate::provider::ProviderKind;

/// The options of one request: the fields under the provider's own key, validated when the
/// model configuration was saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderOptions(Map<String, Value>);

impl ProviderOptions {
    /// The options that a `provider_options` document holds for `provider`.
    #[must_use]
    pub fn of(provider: ProviderKind, document: &Value) -> Self {
        let own = document
            .get(options_key(provider))
            .and_then(Value::as_object);
        Self(own.cloned().unwrap_or_default())
    }

    /// One field, when it is set.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    /// A switch.
    #[must_use]
    pub fn flag(&self, field: &str) -> Option<bool> {
        self.get(field)?.as_bool()
    }

    /// A word.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.get(field)?.as_str()
    }

    /// A list of words; an absent list is empty.
    #[must_use]
    pub fn texts(&self, field: &str) -> Vec<&str> {
        let list = self.get(field).and_then(Value::as_array);
        let words = list.into_iter().flatten().filter_map(Value::as_str);
        words.collect()
    }

    /// The top-level fields of a request body that the table places there by itself. Fields
    /// marked [`Place::Codec`] are left to the codec.
    #[must_use]
    pub(crate) fn body(&self, provider: ProviderKind, wire: Wire) -> Map<String, Value> {
        let mut body = Map::new();
        for field in fields_of(provider) {
            if let (Some(value), Some(Place::Body(path))) =
                (self.get(field.name), field.place(wire))
            {
                set(&mut body, path, value.clone());
            }
        }
        body
    }
}

/// Sets `a.b.c` in nested objects, making those that are missing.
fn set(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}
