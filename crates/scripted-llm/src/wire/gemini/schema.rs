//! The provider's schema message: an unknown field fails the whole request.

use serde_json::{Map, Value};

const FIELDS: [&str; 22] = [
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "maxItems",
    "minItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
    "propertyOrdering",
    "default",
    "items",
    "minimum",
    "maximum",
];
const TYPES: [&str; 7] = [
    "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL",
];
const FORMATS: [&str; 6] = ["float", "double", "int32", "int64", "enum", "date-time"];

/// What is wrong with a schema; `place` is where it stands.
pub(super) fn check(schema: &Value, place: &str) -> Result<(), String> {
    let Some(fields) = schema.as_object() else {
        return Err(format!("Invalid value at '{place}': not a Schema"));
    };
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!(
            "Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field."
        ));
    }
    check_type(fields, place)?;
    let properties = fields.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        check(property, &format!("{place}.properties[{name}]"))?;
    }
    for (at, variant) in list(fields, "anyOf").iter().enumerate() {
        check(variant, &format!("{place}.any_of[{at}]"))?;
    }
    if let Some(items) = fields.get("items") {
        check(items, &format!("{place}.items"))?;
    }
    for name in list(fields, "required") {
        let name = name.as_str().unwrap_or_default();
        if !properties.is_some_and(|properties| properties.contains_key(name)) {
            return Err(format!("{place}.required: property is not defined: {name}"));
        }
    }
    Ok(())
}

fn check_type(fields: &Map<String, Value>, place: &str) -> Result<(), String> {
    let kind = match (fields.get("type"), fields.get("anyOf")) {
        (None, Some(_)) => return Ok(()),
        (Some(Value::String(kind)), None) => kind.to_ascii_uppercase(),
        (Some(Value::Array(_)), _) => {
            return Err(format!(
                "Unknown name \"type\" at '{place}': Proto field is not repeating, cannot start list."
            ));
        }
        (Some(_), Some(_)) => {
            return Err(format!("{place}: any_of must be the only field set"));
        }
        (None, None) => return Err(format!("{place}.type: must be specified")),
        (Some(_), None) => String::new(),
    };
    if !TYPES.contains(&kind.as_str()) {
        return Err(format!("Invalid value at '{place}.type': {kind}"));
    }
    if kind == "ARRAY" && !fields.contains_key("items") {
        return Err(format!("{place}.items: missing field."));
    }
    let format = fields.get("format").and_then(Value::as_str);
    if let Some(format) = format.filter(|format| !FORMATS.contains(format)) {
        return Err(format!("{place}.format: \"{format}\" is not supported"));
    }
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    if !list(fields, "enum").iter().all(is_text) {
        return Err(format!("Invalid value at '{place}.enum' (TYPE_STRING)"));
    }
    Ok(())
}

fn list<'v>(fields: &'v Map<String, Value>, name: &str) -> &'v [Value] {
    let list = fields.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}
