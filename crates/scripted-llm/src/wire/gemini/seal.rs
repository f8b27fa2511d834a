//! Signatures, which this provider puts on single parts. They are base64: the official
//! packages read them as bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

const KEY: &[u8] = b"scripted thought";
/// Stands for the signature of a call that another model made.
const FOREIGN: &str = "skip_thought_signature_validator";

/// The signature of a text.
pub(super) fn of_text(text: &str) -> String {
    signed(&["text", text])
}

/// The signature of a call. The order of its arguments does not count.
pub(super) fn of_call(name: &str, args: &Value) -> String {
    signed(&["call", name, &canonical(args)])
}

/// The signature of a step of the provider's own search.
pub(super) fn of_step(kind: &str, id: &str) -> String {
    signed(&["step", kind, id])
}

fn signed(words: &[&str]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(KEY) else {
        return String::new();
    };
    for word in words {
        mac.update(&word.len().to_le_bytes());
        mac.update(word.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether two signatures are the same bytes: some clients write the other base64 alphabet.
pub(super) fn is_same(sent: &str, made: &str) -> bool {
    let plain = |text: &str| {
        text.trim_end_matches('=')
            .replace('-', "+")
            .replace('_', "/")
    };
    plain(sent) == plain(made)
}

pub(super) fn is_foreign(sent: &str) -> bool {
    // A package that reads signatures as bytes writes this one in the same way back.
    is_same(sent, FOREIGN)
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let fields = fields
                .into_iter()
                .map(|(name, value)| format!("{name:?}:{}", canonical(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_of_arguments_and_alphabet_do_not_count() {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let one = of_call("x", &parse(r#"{"a":1,"b":[{"c":2,"d":3}]}"#));
        assert_eq!(one, of_call("x", &parse(r#"{"b":[{"d":3,"c":2}],"a":1}"#)));
        assert_ne!(one, of_call("x", &json!({"a": 2})));
        let url_safe = one.replace('+', "-").replace('/', "_");
        assert!(is_same(url_safe.trim_end_matches('='), &one));
        assert!(!is_same(&of_text("a"), &of_text("b")));
    }
}
