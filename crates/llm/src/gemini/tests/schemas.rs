//! What becomes of a JSON schema.

use muster_base::limits::{SCHEMA_DEPTH_MAX, SCHEMA_NODES_MAX};
use serde_json::{Value, json};

use super::schema::{parameters, subset};

#[test]
fn unknown_keywords_are_left_out_at_every_level() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "x",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "when": { "type": "string", "format": "date-time", "examples": ["now"] },
            "link": { "type": "string", "format": "uri", "default": "x", "pattern": "^h" },
            "list": {
                "type": "array",
                "uniqueItems": true,
                "minItems": 1,
                "items": { "type": "object", "properties": { "n": { "type": "integer", "format": "int64", "exclusiveMinimum": 0 } }, "additionalProperties": true },
            },
        },
        "required": ["when", "missing"],
        "dependentRequired": {},
    });
    assert_eq!(
        subset(&schema),
        json!({
            "type": "OBJECT",
            "properties": {
                "when": { "type": "STRING", "format": "date-time" },
                "link": { "type": "STRING", "pattern": "^h" },
                "list": {
                    "type": "ARRAY",
                    "minItems": 1,
                    "items": { "type": "OBJECT", "properties": { "n": { "type": "INTEGER", "format": "int64", "minimum": 1 } } },
                },
            },
            "required": ["when"],
        })
    );
}

#[test]
fn references_are_inlined_and_those_to_themselves_stay_open() {
    let schema = json!({
        "type": "object",
        "$defs": {
            "Name": { "type": "string", "description": "A name." },
            "Tree": {
                "type": "object",
                "properties": { "leaf": { "$ref": "#/$defs/Name" }, "more": { "$ref": "#/$defs/Tree" } },
            },
        },
        "properties": {
            "who": { "$ref": "#/$defs/Name", "description": "Who it is." },
            "tree": { "$ref": "#/$defs/Tree" },
            "lost": { "$ref": "#/$defs/Nowhere" },
            "far": { "$ref": "https://example.com/schema" },
        },
    });
    let any = json!([{ "type": "STRING" }, { "type": "NUMBER" }, { "type": "BOOLEAN" }]);
    assert_eq!(
        subset(&schema)["properties"],
        json!({
            "who": { "type": "STRING", "description": "Who it is." },
            "tree": {
                "type": "OBJECT",
                "properties": {
                    "leaf": { "type": "STRING", "description": "A name." },
                    "more": { "anyOf": any },
                },
            },
            "lost": { "anyOf": any },
            "far": { "anyOf": any },
        })
    );
}

#[test]
fn alternatives_and_lists_of_types_become_what_the_format_has() {
    for (schema, expected) in [
        (
            json!({ "type": ["string", "null"] }),
            json!({ "type": "STRING", "nullable": true }),
        ),
        (
            json!({ "type": ["string", "integer"], "description": "d" }),
            json!({ "anyOf": [{ "type": "STRING" }, { "type": "INTEGER" }], "description": "d" }),
        ),
        (
            json!({ "type": ["null", "object"], "properties": { "a": { "type": "string" } } }),
            json!({ "type": "OBJECT", "nullable": true, "properties": { "a": { "type": "STRING" } } }),
        ),
        (
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }], "title": "T" }),
            json!({ "type": "STRING", "nullable": true, "title": "T" }),
        ),
        (
            json!({ "oneOf": [{ "type": "string" }, { "type": "array" }] }),
            json!({ "anyOf": [{ "type": "STRING" }, { "type": "ARRAY", "items": { "type": "STRING" } }] }),
        ),
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" } }, "anyOf": [{ "required": ["a"] }, {}] }),
            json!({ "type": "OBJECT", "properties": { "a": { "type": "STRING" } } }),
        ),
        (
            json!({ "allOf": [
                { "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] },
                { "properties": { "b": { "type": "boolean" } }, "required": ["b"] },
            ] }),
            json!({ "type": "OBJECT", "properties": { "a": { "type": "STRING" }, "b": { "type": "BOOLEAN" } }, "required": ["a", "b"] }),
        ),
        (
            json!({ "enum": ["a", null] }),
            json!({ "type": "STRING", "enum": ["a"], "nullable": true }),
        ),
        (
            json!({ "type": "integer", "enum": [1, 2], "description": "Level." }),
            json!({ "type": "INTEGER", "description": "Level. One of: 1, 2." }),
        ),
        (
            json!({ "const": "x" }),
            json!({ "type": "STRING", "enum": ["x"] }),
        ),
        (
            json!({ "enum": ["a", ""] }),
            json!({ "type": "STRING", "description": "One of: \"a\", \"\"." }),
        ),
        (
            json!({ "type": "array", "prefixItems": [{ "type": "number" }], "items": false }),
            json!({ "type": "ARRAY", "items": { "type": "NUMBER" } }),
        ),
    ] {
        assert_eq!(subset(&schema), expected, "{schema}");
    }
}

#[test]
fn a_function_without_parameters_has_none() {
    assert_eq!(
        parameters(&json!({ "type": "object", "properties": {} })),
        None
    );
    assert_eq!(parameters(&json!({})), None);
    assert_eq!(parameters(&json!(true)), None);
    let one = json!({ "properties": { "a": { "type": "string" } } });
    assert!(parameters(&one).is_some());
}

/// Objects within the deepest one, itself counted.
fn depth(schema: &Value) -> usize {
    1 + schema.pointer("/properties/x").map_or(0, depth)
}

#[test]
fn a_schema_of_many_levels_or_nodes_is_cut_off() {
    let nested = |levels: usize| {
        (1..levels).fold(
            json!({ "type": "string" }),
            |inner, _| json!({ "type": "object", "properties": { "x": inner } }),
        )
    };
    for (levels, cut) in [(SCHEMA_DEPTH_MAX, "STRING"), (SCHEMA_DEPTH_MAX + 1, "")] {
        let mut written = &subset(&nested(levels));
        assert_eq!(depth(written), levels);
        while let Some(inner) = written.pointer("/properties/x") {
            written = inner;
        }
        assert_eq!(written["type"].as_str().unwrap_or_default(), cut);
    }
    // Every definition uses the next one twice.
    let mut definitions = serde_json::Map::new();
    for at in 0..20 {
        let next = json!({ "$ref": format!("#/$defs/d{}", at + 1) });
        let twice = json!({ "type": "object", "properties": { "x": next, "y": next } });
        definitions.insert(format!("d{at}"), twice);
    }
    let bomb = json!({ "$defs": definitions, "$ref": "#/$defs/d0" });
    let written = subset(&bomb).to_string();
    assert!(written.len() < SCHEMA_NODES_MAX * 200, "{}", written.len());
}
