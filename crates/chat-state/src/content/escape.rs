//! U+0000 in stored text, without loss: neither engine stores it in JSON.

use serde_json::Value;

/// Opens an escape sequence. A private-use character, so real text hardly ever pays.
const MARK: char = '\u{E000}';
/// After the mark: a U+0000.
const NUL: char = '\u{E001}';

/// Escapes every string and key of a document.
pub(super) fn escape(document: &mut Value) {
    walk(document, needs_escape, escaped);
}

/// Undoes [`escape`].
pub(super) fn unescape(document: &mut Value) {
    walk(document, |text| text.contains(MARK), unescaped);
}

/// Whether JSON text may hold something to escape; cheap, because most text does not.
pub(super) fn may_need_escape(json: &str) -> bool {
    json.contains("\\u0000") || json.contains(MARK)
}

/// Whether stored JSON text may hold an escape. A database may have written it as `\ue000`.
pub(super) fn may_be_escaped(json: &str) -> bool {
    json.contains(MARK) || json.contains("\\ue000") || json.contains("\\uE000")
}

fn needs_escape(text: &str) -> bool {
    text.contains(['\0', MARK])
}

fn walk(document: &mut Value, touches: fn(&str) -> bool, change: fn(&str) -> String) {
    match document {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => {
            if touches(text) {
                *text = change(text);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| walk(item, touches, change)),
        Value::Object(fields) => {
            if fields.keys().any(|key| touches(key)) {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(key, value)| (change(&key), value))
                    .collect();
            }
            fields
                .values_mut()
                .for_each(|value| walk(value, touches, change));
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => out.extend([MARK, NUL]),
            MARK => out.extend([MARK, MARK]),
            other => out.push(other),
        }
    }
    out
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != MARK {
            out.push(character);
            continue;
        }
        match rest.next() {
            Some(NUL) => out.push('\0'),
            Some(MARK) | None => out.push(MARK),
            // A mark that we did not write: keep it as it is.
            Some(other) => out.extend([MARK, other]),
        }
    }
    out
}
