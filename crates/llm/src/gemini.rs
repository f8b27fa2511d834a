//! Gemini `generateContent`.

mod contents;
mod decode;
mod encode;
mod schema;
mod wire;

use std::borrow::Cow;

use crate::codec::{Catalog, Codec, Decoder, Encoded, json_body, json_headers};
use crate::failure::Failure;
use crate::model::{Delivery, Request};
use crate::provider::ProviderKind;

/// The codec of `POST /v1beta/models/{model}:streamGenerateContent`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GenerateContent;

impl Codec for GenerateContent {
    fn encode(&self, request: &Request) -> Result<Encoded, Failure> {
        let name = resource_name(&request.model);
        let (method, query) = match request.delivery {
            // Without `alt=sse` the stream is one long JSON array.
            Delivery::Streamed => ("streamGenerateContent", Some("alt=sse")),
            Delivery::Whole => ("generateContent", None),
        };
        Ok(Encoded {
            path: format!("/v1beta/{name}:{method}").into(),
            query,
            headers: json_headers(),
            body: json_body(&encode::body(request), ProviderKind::Google)?,
        })
    }

    fn decoder(&self, request: &Request) -> Box<dyn Decoder> {
        Box::new(decode::GeminiDecoder::new(request))
    }

    fn catalog(&self) -> Catalog {
        Catalog {
            path: "/v1beta/models",
            // The longest page there is.
            query: Some("pageSize=1000"),
            headers: json_headers(),
        }
    }
}

/// A tuned model brings its own collection.
fn resource_name(model: &str) -> Cow<'_, str> {
    if model.contains('/') {
        Cow::Borrowed(model)
    } else {
        Cow::Owned(format!("models/{model}"))
    }
}

/// The generation of a Gemini model: 3 of `gemini-3-pro`; `None` for names that do not tell,
/// like `gemini-flash-latest`.
fn generation(model: &str) -> Option<u32> {
    let name = model.rsplit('/').next().unwrap_or(model);
    let rest = name.strip_prefix("gemini-")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests;
