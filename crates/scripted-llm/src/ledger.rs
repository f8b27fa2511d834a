//! Responses that are kept, so that a later request can go on after them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::conversation::{list_field, text_field};

/// Responses that are kept; of more the oldest are forgotten.
const KEPT_MAX: usize = 4_096;

/// The responses of one server.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    responses: HashMap<String, Arc<Entry>>,
    oldest_first: VecDeque<String>,
}

/// A response: what was said to the model, and what it said.
#[derive(Debug)]
struct Entry {
    before: Option<Arc<Entry>>,
    items: Vec<Value>,
}

impl Ledger {
    /// The whole conversation of a request: what came before the response that it continues,
    /// that response, and the request's own items.
    pub(crate) fn conversation(&self, body: &Value) -> Result<Vec<Value>, String> {
        let mut parts = vec![own_items(body)];
        let mut next = self.before(body)?;
        while let Some(entry) = next {
            parts.push(entry.items.clone());
            next = entry.before.clone();
        }
        Ok(parts.into_iter().rev().flatten().collect())
    }

    fn before(&self, body: &Value) -> Result<Option<Arc<Entry>>, String> {
        let Some(id) = previous(body) else {
            return Ok(None);
        };
        let kept = self.0.lock();
        match kept.responses.get(id) {
            Some(entry) => Ok(Some(Arc::clone(entry))),
            None => Err(format!("Previous response with id '{id}' not found.")),
        }
    }

    /// Keeps a response unless the request forbids it.
    pub(crate) fn keep(&self, id: String, body: &Value, output: Vec<Value>) {
        if !is_stored(body) {
            return;
        }
        let before = self.before(body).unwrap_or_default();
        let mut items = own_items(body);
        items.extend(output);
        let mut kept = self.0.lock();
        let entry = Arc::new(Entry { before, items });
        if kept.responses.insert(id.clone(), entry).is_none() {
            kept.oldest_first.push_back(id);
        }
        if kept.oldest_first.len() > KEPT_MAX
            && let Some(oldest) = kept.oldest_first.pop_front()
        {
            kept.responses.remove(&oldest);
        }
    }

    pub(crate) fn keeps(&self, id: &str) -> bool {
        self.0.lock().responses.contains_key(id)
    }

    pub(crate) fn clear(&self) {
        *self.0.lock() = Kept::default();
    }
}

/// The response that a request continues.
pub(crate) fn previous(body: &Value) -> Option<&str> {
    let id = text_field(body, "previous_response_id");
    (!id.is_empty()).then_some(id)
}

/// Whether the provider is to keep the response: yes, if nothing is said.
pub(crate) fn is_stored(body: &Value) -> bool {
    body.get("store").and_then(Value::as_bool).unwrap_or(true)
}

/// The items of a request itself; a plain text is one message of the user.
pub(crate) fn own_items(body: &Value) -> Vec<Value> {
    match body.get("input").and_then(Value::as_str) {
        Some(text) => vec![json!({"type": "message", "role": "user", "content": text})],
        None => list_field(body, "input").to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(text: &str, previous: &str) -> Value {
        json!({"input": text, "previous_response_id": previous})
    }

    #[test]
    fn chain_of_responses_is_one_conversation() {
        let ledger = Ledger::default();
        ledger.keep("r1".into(), &asks("a", ""), vec![json!("b")]);
        ledger.keep("r2".into(), &asks("c", "r1"), vec![json!("d")]);
        let all = ledger.conversation(&asks("e", "r2")).unwrap();
        let all: Vec<&str> = all
            .iter()
            .map(|item| item.as_str().unwrap_or_else(|| text_field(item, "content")))
            .collect();
        assert_eq!(all, ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn unknown_and_unstored_responses_are_not_found() {
        let ledger = Ledger::default();
        let mut unstored = asks("a", "");
        unstored["store"] = json!(false);
        ledger.keep("r1".into(), &unstored, Vec::new());
        let error = ledger.conversation(&asks("b", "r1")).unwrap_err();
        assert_eq!(error, "Previous response with id 'r1' not found.");
    }

    #[test]
    fn oldest_response_is_forgotten_first() {
        let ledger = Ledger::default();
        for n in 0..=KEPT_MAX {
            ledger.keep(format!("r{n}"), &asks("a", ""), Vec::new());
        }
        assert!(!ledger.keeps("r0"));
        assert!(ledger.keeps("r1") && ledger.keeps(&format!("r{KEPT_MAX}")));
    }
}
