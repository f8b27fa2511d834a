//! JSON Schema as Gemini takes it: its own message with the fields of an old OpenAPI, in which
//! an unknown keyword fails the whole request.

use muster_base::limits::{SCHEMA_DEPTH_MAX, SCHEMA_NODES_MAX};
use serde_json::{Map, Value, json};

type Node = Map<String, Value>;

/// Keywords that are taken as they are.
const KEPT: [&str; 13] = [
    "description",
    "title",
    "pattern",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
    "nullable",
    "propertyOrdering",
];
/// Formats that are known, by type.
const FORMATS: [(&str, &[&str]); 3] = [
    ("STRING", &["date-time"]),
    ("NUMBER", &["float", "double"]),
    ("INTEGER", &["int32", "int64"]),
];

/// The parameters of a function; `None` for a function without any, because an object without
/// properties is refused.
pub(super) fn parameters(schema: &Value) -> Option<Value> {
    let schema = subset(schema);
    schema.get("properties").is_some().then_some(schema)
}

/// The part of a schema that can be sent. What is left out makes it wider, never narrower.
pub(super) fn subset(schema: &Value) -> Value {
    let mut reader = Reader {
        root: schema,
        open: Vec::new(),
        left: SCHEMA_NODES_MAX,
    };
    Value::Object(reader.node(schema, 0))
}

struct Reader<'a> {
    root: &'a Value,
    /// References that are being resolved: a schema may contain itself.
    open: Vec<&'a str>,
    /// References may multiply a schema; this many nodes are written.
    left: usize,
}

impl<'a> Reader<'a> {
    fn node(&mut self, schema: &'a Value, depth: usize) -> Node {
        let Some(schema) = schema.as_object() else {
            return anything();
        };
        if self.left == 0 || depth >= SCHEMA_DEPTH_MAX {
            return anything();
        }
        self.left -= 1;
        let mut node = self.referred(schema, depth);
        for part in list(schema, "allOf") {
            let part = self.node(part, depth + 1);
            merge(&mut node, part);
        }
        for key in KEPT {
            if let Some(value) = schema.get(key) {
                node.insert(key.to_owned(), value.clone());
            }
        }
        bounds(schema, &mut node);
        self.children(schema, &mut node, depth);
        types(schema, &mut node);
        values(schema, &mut node);
        self.alternatives(schema, &mut node, depth);
        complete(schema, &mut node);
        node
    }

    /// What a `$ref` into the same document stands for.
    fn referred(&mut self, schema: &'a Node, depth: usize) -> Node {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let Some(reference) = reference else {
            return Node::new();
        };
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer));
        // A schema within itself stays open at that depth.
        let Some(target) = target.filter(|_| !self.open.contains(&reference)) else {
            return anything();
        };
        self.open.push(reference);
        let node = self.node(target, depth + 1);
        self.open.pop();
        node
    }

    fn children(&mut self, schema: &'a Node, node: &mut Node, depth: usize) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let written = properties
                .iter()
                .map(|(name, property)| (name.clone(), self.node(property, depth + 1).into()));
            let mut written: Node = written.collect();
            match node.get_mut("properties").and_then(Value::as_object_mut) {
                Some(earlier) => earlier.append(&mut written),
                None if written.is_empty() => {}
                None => {
                    node.insert("properties".to_owned(), written.into());
                }
            }
        }
        let required = list(schema, "required").iter().cloned();
        let mut required: Vec<Value> = list(node, "required")
            .iter()
            .cloned()
            .chain(required)
            .collect();
        let properties = node.get("properties");
        // A required property that is not described is refused.
        required.retain(|name| {
            let name = name.as_str().unwrap_or_default();
            properties.is_some_and(|properties| properties.get(name).is_some())
        });
        node.remove("required");
        if !required.is_empty() {
            node.insert("required".to_owned(), required.into());
        }
        let items = schema.get("items").filter(|items| items.is_object());
        let items = items.or_else(|| list(schema, "prefixItems").first());
        if let Some(items) = items {
            let items = self.node(items, depth + 1);
            node.insert("items".to_owned(), items.into());
        }
    }

    /// `anyOf` stands alone: beside a type of its own it can only narrow, and is left out.
    fn alternatives(&mut self, schema: &'a Node, node: &mut Node, depth: usize) {
        let any = list(schema, "anyOf").iter();
        let variants: Vec<&Value> = any.chain(list(schema, "oneOf")).collect();
        if variants.is_empty() || node.contains_key("type") {
            return;
        }
        let is_null = |variant: &&&Value| variant.get("type").is_some_and(|kind| kind == "null");
        if variants.iter().any(|variant| is_null(&variant)) {
            node.insert("nullable".to_owned(), true.into());
        }
        let variants = variants.iter().filter(|variant| !is_null(variant));
        let mut written: Vec<Node> = variants
            .map(|variant| self.node(variant, depth + 1))
            .collect();
        if written.len() > 1 {
            node.insert("anyOf".to_owned(), written.into());
        } else if let Some(mut only) = written.pop() {
            // The outer description is about this place, the inner one about the type.
            only.append(node);
            *node = only;
        }
    }
}

/// Any value that can be described without further children.
fn anything() -> Node {
    let kinds = ["STRING", "NUMBER", "BOOLEAN"].map(|kind| json!({ "type": kind }));
    Node::from_iter([("anyOf".to_owned(), Value::from(kinds.to_vec()))])
}

fn list<'v>(schema: &'v Node, key: &str) -> &'v [Value] {
    let list = schema.get(key).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// All of two schemas.
fn merge(node: &mut Node, part: Node) {
    for (key, value) in part {
        match (key.as_str(), node.get_mut(&key), value) {
            ("properties", Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            ("required", Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
            (_, _, value) => {
                node.insert(key, value);
            }
        }
    }
}

/// Exclusive bounds are unknown; for whole numbers the next one says the same.
fn bounds(schema: &Node, node: &mut Node) {
    for (exclusive, inclusive, step) in [
        ("exclusiveMinimum", "minimum", 1),
        ("exclusiveMaximum", "maximum", -1),
    ] {
        let Some(bound) = schema.get(exclusive).filter(|bound| bound.is_number()) else {
            continue;
        };
        let is_whole = schema.get("type").is_some_and(|kind| kind == "integer");
        let next = bound.as_i64().filter(|_| is_whole);
        let next = next.and_then(|whole| whole.checked_add(step));
        let bound = next.map_or_else(|| bound.clone(), Value::from);
        node.entry(inclusive).or_insert(bound);
    }
}

/// The type, of which there is one here; several become alternatives.
fn types(schema: &Node, node: &mut Node) {
    let (kinds, listed): (Vec<&str>, bool) = match schema.get("type") {
        Some(Value::String(kind)) => (vec![kind], false),
        Some(Value::Array(kinds)) => (kinds.iter().filter_map(Value::as_str).collect(), true),
        Some(_) | None => return,
    };
    if listed && kinds.contains(&"null") {
        node.insert("nullable".to_owned(), true.into());
    }
    let kinds: Vec<&str> = kinds
        .into_iter()
        .filter(|kind| !listed || *kind != "null")
        .collect();
    // With children described, the type that has them is the one that is meant.
    let parent = ["object", "array"]
        .into_iter()
        .zip(["properties", "items"])
        .find(|(kind, child)| kinds.contains(kind) && node.contains_key(*child));
    let parent = parent.map(|(kind, _)| kind);
    match (parent, kinds.as_slice()) {
        (Some(kind), _) | (None, &[kind]) => {
            node.insert("type".to_owned(), kind.to_ascii_uppercase().into());
        }
        (None, []) => {}
        (None, several) => {
            let several = several.iter().map(|kind| {
                let mut variant =
                    Node::from_iter([("type".to_owned(), Value::from(kind.to_ascii_uppercase()))]);
                complete(&Node::new(), &mut variant);
                Value::Object(variant)
            });
            node.insert("anyOf".to_owned(), several.collect());
        }
    }
}

/// Only texts can be listed; other values are told in the description.
fn values(schema: &Node, node: &mut Node) {
    let one = schema.get("const").into_iter();
    let mut values: Vec<&Value> = list(schema, "enum").iter().chain(one).collect();
    if values.is_empty() {
        return;
    }
    if values.iter().any(|value| value.is_null()) {
        node.insert("nullable".to_owned(), true.into());
        values.retain(|value| !value.is_null());
        if values.is_empty() {
            return;
        }
    }
    let is_text = |value: &&Value| value.as_str().is_some_and(|text| !text.is_empty());
    if values.iter().all(is_text) {
        node.insert("enum".to_owned(), values.into_iter().cloned().collect());
        node.insert("type".to_owned(), "STRING".into());
        node.remove("anyOf");
        return;
    }
    let told: Vec<String> = values.iter().map(ToString::to_string).collect();
    let told = format!("One of: {}.", told.join(", "));
    let told = match node.get("description").and_then(Value::as_str) {
        Some(description) => format!("{description} {told}"),
        None => told,
    };
    node.insert("description".to_owned(), told.into());
    let kind = match values.first() {
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => "INTEGER",
        Some(Value::Number(_)) => "NUMBER",
        Some(Value::Bool(_)) => "BOOLEAN",
        Some(_) | None => "STRING",
    };
    node.entry("type").or_insert(kind.into());
}

/// What must be there, and what must not.
fn complete(schema: &Node, node: &mut Node) {
    if !node.contains_key("type") && !node.contains_key("anyOf") {
        if node.contains_key("properties") {
            node.insert("type".to_owned(), "OBJECT".into());
        } else if node.contains_key("items") {
            node.insert("type".to_owned(), "ARRAY".into());
        } else {
            node.append(&mut anything());
        }
    }
    let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
    let format = schema.get("format").and_then(Value::as_str);
    let format = format.filter(|format| {
        let known = FORMATS.iter().find(|(of, _)| *of == kind);
        known.is_some_and(|(_, formats)| formats.contains(format))
    });
    let lacks_items = kind == "ARRAY" && !node.contains_key("items");
    if let Some(format) = format {
        node.insert("format".to_owned(), format.into());
    }
    if lacks_items {
        node.insert("items".to_owned(), json!({ "type": "STRING" }));
    }
    if node.contains_key("anyOf") {
        // Beside alternatives only what is said about the place is allowed.
        node.retain(|key, _| {
            matches!(key.as_str(), "anyOf" | "description" | "title" | "nullable")
        });
    }
}
