//! What a model configuration may ask of one provider beyond the common parameters (F17).
//!
//! One table says which fields a provider offers, what values they take and where each stands
//! on every wire. The admin form, the validation, and the request body are read from it, so a
//! field that is offered is a field that is sent.

mod anthropic;
mod common;
mod google;
mod openai;
mod openrouter;
mod table;
#[cfg(test)]
mod tests;
mod vercel;

use serde_json::{Map, Value};

pub use self::table::{
    OptionField, OptionKind, Place, Rule, Wire, common_fields, fields_of, options_key, rules_of,
};
use crate::openai::Effort;
use crate::provider::ProviderKind;

/// See [`ProviderOptions::for_short_answer`].
const KEPT_FOR_SHORT_ANSWERS: [&str; 6] = [
    "user",
    "safety_identifier",
    "safety_settings",
    "threshold",
    "provider",
    "providerOptions",
];

/// The options of one request: the fields under the provider's own key, validated when the
/// model configuration was saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderOptions(Map<String, Value>);

impl ProviderOptions {
    /// The options that a `provider_options` document holds for `provider`: those that it
    /// offers, for two providers may share a key.
    #[must_use]
    pub fn of(provider: ProviderKind, document: &Value) -> Self {
        let own = document
            .get(options_key(provider))
            .and_then(Value::as_object);
        let mut own = own.cloned().unwrap_or_default();
        let offered = fields_of(provider);
        own.retain(|name, _| offered.iter().any(|field| field.name == name));
        Self(own)
    }

    /// Whether [`ProviderOptions::of`] finds in a document all that was stored in it: a
    /// document, and what it holds for `provider`, is an object or absent.
    #[must_use]
    pub fn can_be_read(provider: ProviderKind, document: &Value) -> bool {
        let is_one = |value: &Value| value.is_object() || value.is_null();
        is_one(document) && document.get(options_key(provider)).is_none_or(is_one)
    }

    /// What of these options holds for a short answer that nobody goes on after: who may see
    /// the request and where it may be sent. What makes an answer longer, such as a search or
    /// thinking, is left out, and a provider that keeps responses is told to forget this one.
    #[must_use]
    pub fn for_short_answer(&self, provider: ProviderKind) -> Self {
        let mut own = self.0.clone();
        own.retain(|name, _| KEPT_FOR_SHORT_ANSWERS.contains(&name.as_str()));
        if matches!(provider, ProviderKind::Openai | ProviderKind::Azure) {
            own.insert("store".to_owned(), Value::Bool(false));
        }
        Self(own)
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

    /// A whole number.
    #[must_use]
    pub fn whole(&self, field: &str) -> Option<u32> {
        u32::try_from(self.get(field)?.as_u64()?).ok()
    }

    /// A list of words; an absent list is empty.
    #[must_use]
    pub fn texts(&self, field: &str) -> Vec<&str> {
        let list = self.get(field).and_then(Value::as_array);
        let words = list.into_iter().flatten().filter_map(Value::as_str);
        words.collect()
    }

    /// The effort among these options, under whatever name `provider` has for it.
    #[must_use]
    pub fn effort(&self, provider: ProviderKind) -> Option<Effort> {
        let is_effort = |field: &OptionField| field.kind == OptionKind::Effort;
        let effort = fields_of(provider).iter().find_map(|field| {
            let value = self.get(field.name)?;
            if let OptionKind::Object(inner) = field.kind {
                let effort = inner.iter().find(|field| is_effort(field))?;
                return value.get(effort.name);
            }
            is_effort(field).then_some(value)
        });
        effort?.as_str()?.parse().ok()
    }

    /// The fields of a request body that the table places there by itself: these options and
    /// `effort`, which a message may have set over the one among them.
    ///
    /// Fields marked [`Place::Codec`] are left to the codec. Where it has more to say in an
    /// object of this map (`text`, `generationConfig`), it adds to it with [`put`].
    #[must_use]
    pub(crate) fn body(
        &self,
        provider: ProviderKind,
        wire: Wire,
        effort: Option<Effort>,
    ) -> Map<String, Value> {
        let mut body = Map::new();
        place(&mut body, fields_of(provider), &self.0, wire);
        if wire == Wire::Gemini {
            google::spell_threshold(self, &mut body);
        }
        let effort = effort.filter(|effort| effort.is_offered_by(provider));
        if let Some((effort, path)) = effort.zip(effort_path(fields_of(provider), wire)) {
            put(&mut body, path, effort.as_str().into());
            // A gateway takes one measure of reasoning.
            if let Some(Value::Object(reasoning)) = body.get_mut("reasoning") {
                reasoning.remove("max_tokens");
            }
        }
        body
    }

    /// What goes over the finished body, whatever stands there.
    pub(crate) fn extra_body(&self, provider: ProviderKind) -> Option<&Map<String, Value>> {
        let extra = fields_of(provider)
            .iter()
            .find(|field| field.places.iter().any(|(_, place)| *place == Place::Whole))?;
        self.get(extra.name)?.as_object()
    }
}

fn place(
    body: &mut Map<String, Value>,
    fields: &[OptionField],
    values: &Map<String, Value>,
    wire: Wire,
) {
    for field in fields {
        let Some(value) = values.get(field.name).filter(|value| !value.is_null()) else {
            continue;
        };
        // The request's own effort is already the right one of the two.
        if field.kind == OptionKind::Effort {
            continue;
        }
        match (field.place(wire), field.kind, value) {
            (Some(Place::Body(path)), ..) => put(body, path, value.clone()),
            (Some(Place::Fields), OptionKind::Object(inner), Value::Object(values)) => {
                place(body, inner, values, wire);
            }
            (Some(Place::Fields | Place::Whole | Place::Codec) | None, ..) => {}
        }
    }
}

fn effort_path(fields: &[OptionField], wire: Wire) -> Option<&'static str> {
    fields
        .iter()
        .find_map(|field| match (field.kind, field.place(wire)) {
            (OptionKind::Effort, Some(Place::Body(path))) => Some(path),
            (OptionKind::Object(inner), Some(Place::Fields)) => effort_path(inner, wire),
            _ => None,
        })
}

/// Sets `a.b.c` in nested objects, making those that are missing.
pub(crate) fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Merges `extra` into `body`: objects entry by entry, everything else replaced.
pub(crate) fn merge(body: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, value) in extra {
        match (body.get_mut(key), value) {
            (Some(Value::Object(inner)), Value::Object(extra)) => merge(inner, extra),
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
}
