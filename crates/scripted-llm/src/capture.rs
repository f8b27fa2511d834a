//! The requests that came in, for tests that assert on the outgoing wire.

use std::collections::VecDeque;

use http::{HeaderMap, Method, Uri};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;

/// Requests that are kept.
const RING: usize = 1_000;

/// Headers whose value is a credential: only its length is kept.
const CREDENTIALS: [&str; 6] = [
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-amz-security-token",
    "cookie",
];

/// One captured request.
#[derive(Clone, Debug, Serialize)]
pub struct Captured {
    /// Grows by one per request, from 1.
    pub number: u64,
    /// `POST`, as a rule.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, in the order they arrived.
    pub headers: Vec<(String, String)>,
    /// The body, `null` if it was no JSON.
    pub body: Value,
}

/// The last requests.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    ring: Mutex<(u64, VecDeque<Captured>)>,
}

impl Capture {
    pub(crate) fn record(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Value) {
        let headers = headers.iter().map(|(name, value)| {
            let name = name.as_str().to_owned();
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if CREDENTIALS.contains(&name.as_str()) {
                let masked = format!("[{} bytes]", value.len());
                return (name, masked);
            }
            (name, value)
        });
        let headers = headers.collect();
        let mut ring = self.ring.lock();
        ring.0 += 1;
        let number = ring.0;
        let (method, path, body) = (method.to_string(), uri.to_string(), body.clone());
        ring.1.push_back(Captured {
            number,
            method,
            path,
            headers,
            body,
        });
        if ring.1.len() > RING {
            ring.1.pop_front();
        }
    }

    pub(crate) fn since(&self, number: u64) -> Vec<Captured> {
        self.ring
            .lock()
            .1
            .iter()
            .filter(|captured| captured.number > number)
            .cloned()
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.ring.lock().1.clear();
    }
}
