//! What a wire format must be able to do. Codecs are pure: no sockets, no clock.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::failure::{
    Failure, Origin, Raw, classify, headers_in_error, renewal_in_error, wait_in_error,
};
use crate::model::{Request, StreamEvent, Usage};
use crate::options::merge;
use crate::provider::ProviderKind;
use crate::sse::SseEvent;

/// One wire format of one provider.
pub(crate) trait Codec: Send + Sync {
    /// The HTTP request; the key's header is the transport's business.
    fn encode(&self, request: &Request) -> Result<Encoded, Failure>;

    /// A decoder for the answer to `request`.
    fn decoder(&self, request: &Request) -> Box<dyn Decoder>;

    /// How to ask for the list of models.
    fn catalog(&self) -> Catalog;
}

/// A `GET` for the list of models, which all formats answer as `{"data": [{"id": …}]}`.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) path: &'static str,
    pub(crate) query: Option<&'static str>,
    pub(crate) headers: HeaderMap,
}

/// An HTTP request without its host and key.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// Appended to the base URL.
    pub(crate) path: Cow<'static, str>,
    /// Replaces the base URL's query when it is set.
    pub(crate) query: Option<&'static str>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Turns what was received into events.
pub(crate) trait Decoder: Send {
    /// Takes one event of a streamed answer. Events before a failure are in `out`.
    fn event(&mut self, event: &SseEvent, out: &mut Vec<StreamEvent>) -> Result<(), Failure>;

    /// Takes an answer in one piece.
    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) -> Result<(), Failure>;

    /// What the provider has reported so far; a failed attempt is billed too.
    fn usage(&self) -> Usage;
}

/// The headers that both official SDKs send with a JSON body.
pub(crate) fn json_headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(header::ACCEPT, json.clone()), (header::CONTENT_TYPE, json)])
}

/// The body of a request. Ours always serialises; a failure here is a bug that must not panic.
pub(crate) fn json_body(body: &impl Serialize, provider: ProviderKind) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(body).map_err(|error| unwritten(&error, provider))
}

/// The body of a request with `extra` merged over it.
pub(crate) fn json_body_with(
    body: &impl Serialize,
    extra: &Map<String, Value>,
    provider: ProviderKind,
) -> Result<Vec<u8>, Failure> {
    let mut body = serde_json::to_value(body).map_err(|error| unwritten(&error, provider))?;
    if let Value::Object(body) = &mut body {
        merge(body, extra);
    }
    json_body(&body, provider)
}

fn unwritten(error: &serde_json::Error, provider: ProviderKind) -> Failure {
    let text = format!("the request could not be written: {error}");
    classify(&Raw::new(Origin::Oversize, Some(provider), &text))
}

/// Broken JSON from the provider: a broken stream, which may be better next time. The bytes
/// themselves are never quoted.
pub(crate) fn malformed(provider: ProviderKind, error: &serde_json::Error) -> Failure {
    let text = format!("malformed event: {error}");
    classify(&Raw::new(Origin::Malformed, Some(provider), &text))
}

/// The arguments of a call for a format that insists on valid JSON. Broken text is wrapped, so
/// that the model sees what it wrote.
pub(crate) fn sendable_args(args: &str) -> String {
    let text = args.trim();
    if text.is_empty() {
        return "{}".to_owned();
    }
    match serde_json::from_str::<&serde_json::value::RawValue>(text) {
        Ok(value) if value.get().starts_with('{') => text.to_owned(),
        Ok(_) | Err(_) => serde_json::json!({ "INVALID_JSON": args }).to_string(),
    }
}

/// A provider's error object: `{"error": {...}}`, `{"type": "error", "error": {...}}`, a bare
/// message, or whatever a proxy in between has sent.
#[derive(Debug, Default)]
pub(crate) struct WireError {
    /// A status that the object itself carries.
    pub(crate) status: Option<u16>,
    /// All error codes and types, joined.
    pub(crate) code: String,
    pub(crate) message: String,
    /// What the object asks to wait.
    pub(crate) wait: Option<Duration>,
    /// When the quota that is used up is there again, where that is soon.
    pub(crate) renewal: Option<Duration>,
    /// Rate-limit headers inside of the object.
    pub(crate) headers: HeaderMap,
}

impl WireError {
    /// Reads an error body. Text that is not JSON is taken as the message, a page is not.
    pub(crate) fn read(body: &[u8]) -> Self {
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            return Self::from_value(&value);
        }
        let text = String::from_utf8_lossy(body);
        let is_page = text.trim_start().starts_with('<');
        let message = if is_page {
            String::new()
        } else {
            text.into_owned()
        };
        Self {
            wait: wait_in_error(&Value::Null, &message),
            message,
            ..Self::default()
        }
    }

    pub(crate) fn from_value(value: &Value) -> Self {
        // Some gateways wrap the object into a list of one.
        let value = value.get(0).unwrap_or(value);
        let error = value.get("error").unwrap_or(value);
        let text = |field: &str| {
            let found = error.get(field).or_else(|| value.get(field));
            found.and_then(Value::as_str).unwrap_or_default()
        };
        let status = error
            .get("code")
            .or_else(|| error.get("status"))
            .and_then(Value::as_u64);
        let message = error.as_str().unwrap_or_else(|| match text("message") {
            "" => text("detail"),
            message => message,
        });
        let codes = [text("code"), text("type"), text("status")];
        let codes = codes
            .into_iter()
            .filter(|code| !code.is_empty() && *code != "error");
        Self {
            status: status.and_then(|code| u16::try_from(code).ok()),
            code: codes.collect::<Vec<_>>().join(" "),
            message: message.to_owned(),
            wait: wait_in_error(error, message),
            renewal: renewal_in_error(error),
            headers: headers_in_error(error),
        }
    }

    /// An error event inside a stream. Its HTTP status of 200 says nothing.
    pub(crate) fn in_stream(&self, provider: ProviderKind, usage: Usage) -> Failure {
        let mut raw = Raw::new(Origin::StreamEvent, Some(provider), &self.message);
        raw.status = self.status.filter(|status| (400..600).contains(status));
        raw.code = Some(&self.code);
        raw.retry_after = self.wait;
        raw.quota_renewal = self.renewal;
        classify(&raw).with_usage(usage)
    }
}
