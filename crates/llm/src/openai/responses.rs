//! OpenAI Responses: <https://platform.openai.com/docs/api-reference/responses>.

mod decode;
mod encode;
mod items;
mod wire;

use crate::codec::{Catalog, Codec, Decoder, Encoded, json_body, json_headers};
use crate::failure::Failure;
use crate::model::Request;
use crate::provider::ProviderKind;

/// The codec of `POST /responses`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Responses(pub(crate) ProviderKind);

impl Codec for Responses {
    fn encode(&self, request: &Request) -> Result<Encoded, Failure> {
        Ok(Encoded {
            path: "/responses".into(),
            query: None,
            headers: json_headers(),
            body: json_body(&encode::body(request, self.0), self.0)?,
        })
    }

    fn decoder(&self, request: &Request) -> Box<dyn Decoder> {
        Box::new(decode::ResponsesDecoder::new(&request.model, self.0))
    }

    fn catalog(&self) -> Catalog {
        Catalog {
            path: "/models",
            query: None,
            headers: json_headers(),
        }
    }
}

#[cfg(test)]
mod tests;
