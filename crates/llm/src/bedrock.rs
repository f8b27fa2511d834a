//! AWS Bedrock: Anthropic's format inside the service's own request and framing.
//!
//! The model stands in the path and not in the body, the version in the body and not in a
//! header, and every event of the stream is a `chunk` message around the provider's own event.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, header};
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::anthropic::Messages;
use crate::codec::{
    Catalog, Codec, Decoder, Encoded, WireError, json_body, json_headers, malformed,
};
use crate::event_stream::EXCEPTION;
use crate::failure::Failure;
use crate::model::{Delivery, Request, StreamEvent, Usage};
use crate::provider::ProviderKind;
use crate::sigv4::escaped;
use crate::sse::SseEvent;

const PROVIDER: ProviderKind = ProviderKind::Bedrock;
const VERSION: &str = "bedrock-2023-05-31";
const BETA: &str = "anthropic-beta";
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.amazon.eventstream");

/// Where models are run. Lists of them are kept by another host of the same region.
const RUNTIME: &str = "bedrock-runtime.";
const CONTROL: &str = "bedrock.";

/// The region's address.
pub(crate) fn address(region: &str) -> Option<Url> {
    // China has a domain of its own.
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Url::parse(&format!("https://{RUNTIME}{region}.{domain}")).ok()
}

/// The address that lists models, for the one that runs them. Another base URL, a private
/// endpoint for example, answers both.
pub(crate) fn control(runtime: &Url) -> Url {
    let mut url = runtime.clone();
    let host = url.host_str().and_then(|host| host.strip_prefix(RUNTIME));
    if let Some(rest) = host.map(|rest| format!("{CONTROL}{rest}")) {
        // A host that was one without its first label is one with another.
        let _always_a_host = url.set_host(Some(&rest));
    }
    url
}

/// The codec of `POST /model/{id}/invoke-with-response-stream`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invoke;

impl Codec for Invoke {
    fn encode(&self, request: &Request) -> Result<Encoded, Failure> {
        let inner = Messages.encode(request).map_err(ours)?;
        let (action, accept) = match request.delivery {
            Delivery::Streamed => ("invoke-with-response-stream", EVENT_STREAM),
            Delivery::Whole => ("invoke", HeaderValue::from_static("application/json")),
        };
        let mut headers = json_headers();
        headers.insert(header::ACCEPT, accept);
        Ok(Encoded {
            path: format!("/model/{}/{action}", escaped(&request.model, false)).into(),
            query: None,
            headers,
            body: body(&inner.body, &inner.headers)?,
        })
    }

    fn decoder(&self, request: &Request) -> Box<dyn Decoder> {
        Box::new(InvokeDecoder(Messages.decoder(request)))
    }

    fn catalog(&self) -> Catalog {
        Catalog {
            path: "/foundation-models",
            query: Some("byProvider=Anthropic"),
            headers: json_headers(),
        }
    }
}

/// Anthropic's body as Bedrock takes it. Only the top level and the tools' own fields are
/// touched: what is below goes out byte for byte.
fn body(inner: &[u8], headers: &HeaderMap) -> Result<Vec<u8>, Failure> {
    let broken = |error| malformed(PROVIDER, &error);
    let mut fields: BTreeMap<String, Box<RawValue>> =
        serde_json::from_slice(inner).map_err(broken)?;
    for named_elsewhere in ["model", "stream"] {
        fields.remove(named_elsewhere);
    }
    if let Some(tools) = fields.get_mut("tools") {
        *tools = without_eager_streaming(tools).map_err(broken)?;
    }
    let version = to_raw_value(VERSION).map_err(broken)?;
    fields.insert("anthropic_version".to_owned(), version);
    let betas = headers.get_all(BETA).iter();
    let betas: Vec<&str> = betas
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    if !betas.is_empty() {
        let betas = to_raw_value(&betas).map_err(broken)?;
        fields.insert("anthropic_beta".to_owned(), betas);
    }
    json_body(&fields, PROVIDER)
}

/// Bedrock refuses tools that ask for their arguments as they are written.
fn without_eager_streaming(tools: &RawValue) -> serde_json::Result<Box<RawValue>> {
    let mut tools: Vec<BTreeMap<String, Box<RawValue>>> = serde_json::from_str(tools.get())?;
    for tool in &mut tools {
        tool.remove("eager_input_streaming");
    }
    to_raw_value(&tools)
}

/// A failure that the inner codec has found is Bedrock's.
fn ours(mut failure: Failure) -> Failure {
    failure.provider = Some(PROVIDER);
    failure
}

/// Unwraps messages for Anthropic's decoder.
struct InvokeDecoder(Box<dyn Decoder>);

/// The payload of a `chunk`.
#[derive(Deserialize)]
struct Chunk {
    bytes: String,
}

impl Decoder for InvokeDecoder {
    fn event(&mut self, event: &SseEvent, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        if let Some(kind) = event.event.strip_prefix(EXCEPTION) {
            let error = exception(kind, &event.data);
            return Err(error.in_stream(PROVIDER, self.usage()));
        }
        if event.event != "chunk" {
            return Ok(());
        }
        let broken = |error: &serde_json::Error| malformed(PROVIDER, error);
        let chunk: Chunk = serde_json::from_str(&event.data)
            .map_err(|error| broken(&error).with_usage(self.usage()))?;
        let bytes = STANDARD.decode(chunk.bytes).unwrap_or_default();
        let inner = SseEvent {
            event: String::new(),
            // What is no base64 or no text is no JSON either, and is reported as that.
            data: String::from_utf8(bytes).unwrap_or_default(),
        };
        self.0.event(&inner, out).map_err(ours)
    }

    fn whole(&mut self, body: &[u8], out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        self.0.whole(body, out).map_err(ours)
    }

    fn usage(&self) -> Usage {
        self.0.usage()
    }
}

/// An exception with the status that the service documents for it.
fn exception(kind: &str, payload: &str) -> WireError {
    let value: Value = serde_json::from_str(payload).unwrap_or_default();
    let mut error = WireError::from_value(&value);
    let own = value.get("originalStatusCode").and_then(Value::as_u64);
    error.status = match kind {
        "validationException" => Some(400),
        "throttlingException" => Some(429),
        "modelTimeoutException" => Some(408),
        "serviceUnavailableException" => Some(503),
        // The model's own status, where it is a server's fault; the service asks for a retry.
        "modelStreamErrorException" => Some(
            own.and_then(|status| u16::try_from(status).ok())
                .filter(|status| *status == 429 || (500..600).contains(status))
                .unwrap_or(500),
        ),
        "internalServerException" => Some(500),
        _ => error.status,
    };
    kind.clone_into(&mut error.code);
    error
}

#[cfg(test)]
mod tests;
