//! `{{…}}` in the texts and arguments of a reply.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::conversation::Conversation;

/// What a template can name.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) vars: BTreeMap<String, String>,
    pub(crate) conversation: &'a Conversation,
    /// Which of several parallel calls is being written, from 0.
    pub(crate) index: usize,
}

impl Scope<'_> {
    /// Fills in every `{{name}}`; an unknown name stays as it is, so that a typo shows.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once("}}") else {
                filled.push_str("{{");
                rest = after;
                continue;
            };
            match self.value(name.trim()) {
                Some(value) => filled.push_str(&value),
                None => filled.extend(["{{", name, "}}"]),
            }
            rest = tail;
        }
        filled.push_str(rest);
        filled
    }

    /// Fills in every string inside a JSON value.
    pub(crate) fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), self.fill_json(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        match name {
            "user" => Some(self.conversation.last_user_text().to_owned()),
            "step" => Some(self.conversation.step().to_string()),
            "turn" => Some(self.conversation.turn().to_string()),
            "index" => Some(self.index.to_string()),
            _ => match name.strip_prefix("result.") {
                Some(which) => self.result(which),
                None => self.vars.get(name).cloned(),
            },
        }
    }

    /// `N` is the text of the N-th last result; `N:/pointer` a value inside its JSON.
    fn result(&self, which: &str) -> Option<String> {
        let (number, pointer) = match which.split_once(':') {
            Some((number, pointer)) => (number, Some(pointer)),
            None => (which, None),
        };
        let text = &self
            .conversation
            .last_results()
            .get(number.parse::<usize>().ok()?)?
            .text;
        let Some(pointer) = pointer else {
            return Some(text.clone());
        };
        let json: Value = serde_json::from_str(text).ok()?;
        match json.pointer(pointer)? {
            Value::String(inner) => Some(inner.clone()),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => Some(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Message, ToolResult};

    #[test]
    fn names_results_and_pointers_are_filled() {
        let mut conversation = Conversation::default();
        conversation.messages.push(Message::User {
            text: "hello".into(),
        });
        conversation.push_results(vec![ToolResult {
            call_id: "c1".into(),
            text: r#"{"output":"ok","code":3}"#.into(),
            error: false,
            media: false,
        }]);
        let vars = BTreeMap::from([("file".to_owned(), "a.txt".to_owned())]);
        let scope = Scope {
            vars,
            conversation: &conversation,
            index: 2,
        };
        let filled = scope.fill(
            "{{user}} {{file}} {{result.0:/output}} {{result.0:/code}} {{index}} {{typo}} {{",
        );
        assert_eq!(filled, "hello a.txt ok 3 2 {{typo}} {{");
    }
}
