//! Writing rules into the document.

use muster_base::limits;
use utoipa::Number as Bound;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, Schema};
use utoipa::openapi::{OpenApi, RefOr};

use super::rules;

/// A limit of a value, as JSON Schema says it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Characters of a text, and its form.
    Text {
        min: usize,
        max: Option<usize>,
        pattern: Option<&'static str>,
    },
    /// One of these words, or a text of this form.
    Form(&'static [&'static str], &'static str),
    /// One of these words.
    OneOf(fn() -> Vec<String>),
    /// A list of these words.
    EachOf(fn() -> Vec<String>),
    /// A list of texts of this form.
    Each(&'static str),
    /// A number.
    Number { min: i64, max: Option<i64> },
    /// Entries of a list.
    List { min: usize, max: usize },
    /// Entries of a map.
    Map { max: usize },
    /// The labels of a chat.
    Labels,
}

/// Writes every rule down; gives the ones whose field or parameter is not there any more.
pub(super) fn apply(document: &mut OpenApi) -> Vec<String> {
    let mut lost = Vec::new();
    for (schema, fields) in rules::FIELDS {
        for (field, rule) in *fields {
            if !apply_to_field(document, schema, field, *rule) {
                lost.push(format!("{schema}.{field}"));
            }
        }
    }
    for (path, parameters) in rules::PARAMETERS {
        for (name, rule) in *parameters {
            if !apply_to_parameter(document, path, name, *rule) {
                lost.push(format!("{path}?{name}"));
            }
        }
    }
    lost
}

fn apply_to_field(document: &mut OpenApi, schema: &str, field: &str, rule: Rule) -> bool {
    let components = document.components.get_or_insert_default();
    let Some(RefOr::T(schema)) = components.schemas.get_mut(schema) else {
        return false;
    };
    let mut hit = false;
    for object in objects(schema) {
        if let Some(RefOr::T(value)) = object.properties.get_mut(field) {
            hit |= write(value, rule);
        }
    }
    hit
}

fn apply_to_parameter(document: &mut OpenApi, path: &str, name: &str, rule: Rule) -> bool {
    let Some(item) = document.paths.paths.get_mut(path) else {
        return false;
    };
    let mut hit = false;
    for operation in super::operations(item) {
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter
                && parameter.name == name
                && let Some(RefOr::T(value)) = &mut parameter.schema
            {
                hit |= write(value, rule);
            }
        }
    }
    hit
}

/// The object itself, or the forms that it may take.
fn objects(schema: &mut Schema) -> Vec<&mut Object> {
    match schema {
        Schema::Object(object) => vec![object],
        Schema::OneOf(forms) => {
            let forms = forms.items.iter_mut().filter_map(|form| match form {
                RefOr::T(Schema::Object(object)) => Some(object),
                RefOr::T(_) | RefOr::Ref(_) => None,
            });
            forms.collect()
        }
        Schema::Array(_) | Schema::AllOf(_) | Schema::AnyOf(_) | _ => Vec::new(),
    }
}

fn write(value: &mut Schema, rule: Rule) -> bool {
    match (value, rule) {
        (Schema::Array(list), Rule::List { min, max }) => {
            list.min_items = (min > 0).then_some(min);
            list.max_items = Some(max);
        }
        (Schema::Array(list), Rule::Each(_) | Rule::EachOf(_)) => {
            let ArrayItems::RefOrSchema(item) = &mut list.items else {
                return false;
            };
            let (RefOr::T(Schema::Object(text)), Some(rule)) = (&mut **item, one_of(rule)) else {
                return false;
            };
            write_object(text, rule);
        }
        (Schema::Object(object), rule) => write_object(object, rule),
        _ => return false,
    }
    true
}

/// The rule of one entry.
fn one_of(rule: Rule) -> Option<Rule> {
    match rule {
        Rule::Each(pattern) => Some(Rule::Text {
            min: 0,
            max: None,
            pattern: Some(pattern),
        }),
        Rule::EachOf(words) => Some(Rule::OneOf(words)),
        Rule::Text { .. }
        | Rule::Form(..)
        | Rule::OneOf(_)
        | Rule::Number { .. }
        | Rule::List { .. }
        | Rule::Map { .. }
        | Rule::Labels => None,
    }
}

fn write_object(object: &mut Object, rule: Rule) {
    match rule {
        Rule::Text { min, max, pattern } => {
            object.min_length = (min > 0).then_some(min);
            object.max_length = max;
            object.pattern = pattern.map(str::to_owned);
        }
        Rule::Form(words, form) => {
            let words = words.iter().map(|word| format!("{word}|"));
            let pattern = format!("^({}{form})$", words.collect::<String>());
            object.pattern = Some(pattern);
        }
        Rule::OneOf(words) => {
            let mut all: Vec<_> = words().into_iter().map(serde_json::Value::from).collect();
            if is_nullable(object) {
                all.push(serde_json::Value::Null);
            }
            object.enum_values = Some(all);
        }
        Rule::Number { min, max } => {
            object.minimum = bound(min);
            object.maximum = max.and_then(bound);
        }
        Rule::Map { max } => object.max_properties = Some(max),
        Rule::Labels => write_labels(object),
        Rule::Each(_) | Rule::EachOf(_) | Rule::List { .. } => {}
    }
}

fn write_labels(object: &mut Object) {
    object.max_properties = Some(limits::LABELS_MAX);
    let text = |max, pattern: Option<&str>| {
        let mut text = Object::with_type(utoipa::openapi::schema::Type::String);
        text.min_length = Some(1);
        text.max_length = Some(max);
        text.pattern = pattern.map(str::to_owned);
        Schema::Object(text)
    };
    let key = text(
        limits::LABEL_KEY_BYTES_MAX,
        Some("^[a-zA-Z0-9][a-zA-Z0-9._/-]*$"),
    );
    object.property_names = Some(Box::new(key));
    let value = RefOr::T(text(limits::LABEL_VALUE_BYTES_MAX, Some("^[^\\u0000]+$")));
    object.additional_properties = Some(Box::new(AdditionalProperties::RefOr(value)));
}

fn bound(number: i64) -> Option<Bound> {
    isize::try_from(number).ok().map(Bound::Int)
}

fn is_nullable(object: &Object) -> bool {
    use utoipa::openapi::schema::{SchemaType, Type};
    match &object.schema_type {
        SchemaType::Array(types) => types.contains(&Type::Null),
        SchemaType::Type(_) | SchemaType::AnyValue => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_has_its_field() {
        let mut document = crate::router::document();
        let lost = super::apply(&mut document);
        assert!(lost.is_empty(), "rules of nothing: {lost:?}");
    }
}
