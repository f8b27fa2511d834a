//! Requests and recorded answers of the format.

mod decoding;
mod encoding;

use serde_json::{Value, json};

use super::*;
use crate::model::{Message, Role};
use crate::options::ProviderOptions;
use crate::part::{Format, Native, Part};
use crate::testing::{MODEL, encode, request};

const RESPONSES: Responses = Responses(ProviderKind::Openai);

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/responses/", $name))
    };
}
use fixture;

fn native(model: &str, json: Value) -> Option<Native> {
    Some(Native {
        provider_format: Format::OpenaiResponses,
        model: model.to_owned(),
        json,
    })
}

fn options(fields: &Value) -> ProviderOptions {
    ProviderOptions::of(ProviderKind::Openai, &json!({ "openai": fields }))
}

/// The items of a request in which `parts` were the answer to "Hi", and `then` follows.
fn replayed(parts: Vec<Part>, then: Message, fields: &Value) -> Value {
    let mut request = request();
    request.options = options(fields);
    request.messages.push(Message::new(Role::Assistant, parts));
    request.messages.push(then);
    let items = encode(&RESPONSES, &request)["input"].clone();
    Value::Array(items.as_array().unwrap()[1..].to_vec())
}

fn says(text: &str) -> Message {
    Message::new(Role::User, vec![Part::text(text)])
}
