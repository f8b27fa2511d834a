//! What an effect was asked to do, as a hash: the same id may never mean something else.

use muster_chat_state::content::ToolCall;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of the tool's name and its canonical arguments, as hexadecimal text.
///
/// # Errors
/// When the arguments have no JSON form.
pub(crate) fn input_hash(call: &ToolCall) -> Result<String, serde_json::Error> {
    let args = call.args.as_ref().unwrap_or(&Value::Null);
    let mut hash = Sha256::new();
    hash.update(call.tool_name.as_bytes());
    hash.update([0]);
    // Object keys are sorted in memory already, so equal arguments have equal text.
    hash.update(serde_json::to_vec(args)?);
    Ok(hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(name: &str, args: &str) -> String {
        let call = ToolCall {
            tool_name: name.to_owned(),
            args: serde_json::from_str(args).unwrap(),
            ..ToolCall::default()
        };
        input_hash(&call).unwrap()
    }

    #[test]
    fn order_of_keys_does_not_matter_and_everything_else_does() {
        let one = hash("execute", r#"{"a": 1, "b": 2}"#);
        assert_eq!(one, hash("execute", r#"{"b":2,"a":1}"#));
        assert_ne!(one, hash("execute", r#"{"b":1,"a":2}"#));
        assert_ne!(one, hash("write_file", r#"{"a":1,"b":2}"#));
    }
}
