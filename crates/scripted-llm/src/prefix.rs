//! How much of a chat's prompt stays the same from request to request: what a provider's
//! cache would reuse.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use http::HeaderMap;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;

/// Chats that are remembered; then all are forgotten, which only loses a comparison.
const CHATS_MAX: usize = 10_000;

/// Where the prompt stands in a request, in the order in which a cache reads it.
const SECTIONS: [&str; 8] = [
    "tools",
    "system",
    "instructions",
    "system_instruction",
    "systemInstruction",
    "messages",
    "input",
    "contents",
];

/// The last comparison, and how many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PrefixStats {
    /// Requests that followed another one of the same chat.
    pub compared: u64,
    /// Of those, requests that did not begin with the whole prompt before.
    pub broken: u64,
    /// Bytes of the last prompt.
    pub last_bytes: u64,
    /// Of those, bytes that the prompt before it began with too.
    pub reused_bytes: u64,
}

/// One block of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    hash: u64,
    bytes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Prefixes(Mutex<(HashMap<String, Vec<Segment>>, PrefixStats)>);

impl Prefixes {
    pub(crate) fn note(&self, headers: &HeaderMap, body: &Value) {
        let segments = segments(body);
        let mut inner = self.0.lock();
        let (chats, stats) = &mut *inner;
        if chats.len() >= CHATS_MAX {
            chats.clear();
        }
        stats.last_bytes = segments.iter().map(|segment| segment.bytes).sum();
        stats.reused_bytes = 0;
        let before = chats.insert(chat_of(headers, body), segments.clone());
        let Some(before) = before else { return };
        let pairs = before.iter().zip(&segments);
        let same = pairs.take_while(|(before, now)| before == now);
        let (count, bytes) = same.fold((0, 0), |(count, bytes), (_, now)| {
            (count + 1, bytes + now.bytes)
        });
        stats.compared += 1;
        stats.reused_bytes = bytes;
        if count < before.len() {
            stats.broken += 1;
        }
    }

    pub(crate) fn stats(&self) -> PrefixStats {
        self.0.lock().1
    }

    pub(crate) fn clear(&self) {
        *self.0.lock() = Default::default();
    }
}

/// Who is talking: the attribution headers, else the model and the prompt's first block.
fn chat_of(headers: &HeaderMap, body: &Value) -> String {
    let named = ["x-coder-chat-id", "x-coder-subchat-id"].map(|name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    });
    if named.iter().any(|name| !name.is_empty()) {
        return named.join("/");
    }
    let first = segments(body).first().map_or(0, |segment| segment.hash);
    format!("{}/{first}", body.get("model").unwrap_or(&Value::Null))
}

fn segments(body: &Value) -> Vec<Segment> {
    let mut segments = Vec::new();
    for section in SECTIONS {
        match body.get(section) {
            Some(Value::Array(items)) => {
                items.iter().for_each(|item| push(&mut segments, item));
            }
            Some(other) => segments.push(segment("", other)),
            None => {}
        }
    }
    segments
}

/// A message is one segment per block, since neighbours of one role may be merged.
fn push(segments: &mut Vec<Segment>, item: &Value) {
    let role = item.get("role").and_then(Value::as_str).unwrap_or_default();
    let blocks = item.get("content").or_else(|| item.get("parts"));
    match blocks.and_then(Value::as_array) {
        Some(blocks) if item.get("tool_calls").is_none() => {
            segments.extend(blocks.iter().map(|block| segment(role, block)));
        }
        Some(_) | None => segments.push(segment(role, item)),
    }
}

/// A cache mark may move without the text changing.
fn segment(role: &str, value: &Value) -> Segment {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("cache_control");
    }
    let text = value.to_string();
    let mut hasher = DefaultHasher::new();
    (role, &text).hash(&mut hasher);
    Segment {
        hash: hasher.finish(),
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn grown_prompt_reuses_all_and_an_altered_one_breaks() {
        let prefixes = Prefixes::default();
        let headers = HeaderMap::new();
        let ask = |system: &str, marked: bool, texts: &[&str]| {
            let mut block = json!({"type": "text", "text": "first"});
            if marked {
                block["cache_control"] = json!({"type": "ephemeral"});
            }
            let mut blocks = vec![block];
            blocks.extend(
                texts
                    .iter()
                    .map(|text| json!({"type": "text", "text": text})),
            );
            json!({"model": "m", "tools": [{"name": "t"}], "system": system,
                   "messages": [{"role": "user", "content": blocks}]})
        };
        prefixes.note(&headers, &ask("s", true, &[]));
        assert_eq!(prefixes.stats().compared, 0);
        let whole = prefixes.stats().last_bytes;
        prefixes.note(&headers, &ask("s", false, &["second"]));
        let grown = prefixes.stats();
        assert_eq!(
            (grown.compared, grown.broken, grown.reused_bytes),
            (1, 0, whole)
        );
        prefixes.note(&headers, &ask("other", false, &["second"]));
        let altered = prefixes.stats();
        assert_eq!((altered.compared, altered.broken), (2, 1));
        assert!(altered.reused_bytes < whole);
    }
}
