//! One module per wire format: read a request, check its rules, write an answer.

pub(crate) mod anthropic;
pub(crate) mod chat;
pub(crate) mod gemini;
pub(crate) mod responses;
pub(crate) mod seal;

use serde_json::Value;

use crate::answer::Answer;
use crate::chunks::Event;
use crate::conversation::Conversation;
use crate::ledger::Ledger;

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wire {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    Chat,
    /// Gemini `generateContent`.
    Gemini,
    /// OpenAI Responses.
    Responses,
}

impl Wire {
    /// Reads a request; the text says what is wrong with it. `items` is what a request of the
    /// wire that chains requests adds up to.
    pub(crate) fn read(
        self,
        body: &Value,
        items: Vec<Value>,
        bytes: usize,
    ) -> Result<Conversation, String> {
        let mut conversation = match self {
            Self::Anthropic => anthropic::read(body)?,
            Self::Chat => chat::read(body)?,
            Self::Gemini => gemini::read(body)?,
            Self::Responses => responses::read(body, items)?,
        };
        conversation.bytes = bytes;
        Ok(conversation)
    }

    /// The provider's own rules, which a careless codec breaks.
    pub(crate) fn check(
        self,
        body: &Value,
        conversation: &Conversation,
        ledger: &Ledger,
    ) -> Result<(), String> {
        match self {
            Self::Anthropic => anthropic::check(body, conversation),
            Self::Chat => chat::check(body, conversation),
            Self::Gemini => gemini::check(body, conversation),
            Self::Responses => responses::check(body, conversation, ledger),
        }
    }

    /// The answer as one JSON body.
    pub(crate) fn whole(self, answer: &Answer, conversation: &Conversation) -> Value {
        match self {
            Self::Anthropic => anthropic::whole(answer, &conversation.model),
            Self::Chat => chat::whole(answer, &conversation.model),
            Self::Gemini => gemini::whole(answer, &conversation.model),
            Self::Responses => responses::whole(answer, conversation),
        }
    }

    /// The answer as stream events.
    pub(crate) fn events(self, answer: &Answer, conversation: &Conversation) -> Vec<Event> {
        match self {
            Self::Anthropic => anthropic::events(answer, &conversation.model),
            Self::Chat => chat::events(answer, conversation),
            Self::Gemini => gemini::events(answer, &conversation.model),
            Self::Responses => responses::events(answer, conversation),
        }
    }

    /// An error body in the provider's shape.
    pub(crate) fn error(self, status: u16, message: &str) -> Value {
        match self {
            Self::Anthropic => anthropic::error(anthropic::error_type(status), message),
            Self::Chat => chat::error(status, message),
            Self::Gemini => gemini::error(status, message),
            Self::Responses => responses::error(status, message),
        }
    }

    /// An error event inside a stream.
    pub(crate) fn stream_error(self, kind: &str) -> Event {
        let message = format!("scripted stream error: {kind}");
        match self {
            Self::Anthropic => Event::named("error", &anthropic::error(kind, &message)).content(),
            Self::Chat => {
                let body =
                    serde_json::json!({"error": {"type": kind, "code": kind, "message": message}});
                Event::plain(&body).content()
            }
            Self::Gemini => Event::plain(&gemini::stream_error(kind, &message)).content(),
            Self::Responses => responses::stream_error(kind, &message),
        }
    }
}
