//! Anthropic Messages.

mod decode;
mod encode;
mod generation;
mod tools;
mod wire;

use http::HeaderValue;

pub use self::generation::thinks_adaptively;

use crate::codec::{Catalog, Codec, Decoder, Encoded, json_body, json_headers};
use crate::failure::Failure;
use crate::model::Request;
use crate::provider::ProviderKind;

/// The version of the format that this codec speaks.
const VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// The codec of `POST /v1/messages`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Messages;

impl Codec for Messages {
    fn encode(&self, request: &Request) -> Result<Encoded, Failure> {
        let mut headers = json_headers();
        headers.insert("anthropic-version", VERSION);
        for beta in tools::betas(request) {
            headers.append("anthropic-beta", HeaderValue::from_static(beta));
        }
        Ok(Encoded {
            path: "/v1/messages".into(),
            query: None,
            headers,
            body: json_body(&encode::body(request), ProviderKind::Anthropic)?,
        })
    }

    fn decoder(&self, request: &Request) -> Box<dyn Decoder> {
        Box::new(decode::MessagesDecoder::new(&request.model))
    }

    fn catalog(&self) -> Catalog {
        let mut headers = json_headers();
        headers.insert("anthropic-version", VERSION);
        Catalog {
            path: "/v1/models",
            // The longest page there is; without it only the newest twenty come.
            query: Some("limit=1000"),
            headers,
        }
    }
}

#[cfg(test)]
mod tests;
