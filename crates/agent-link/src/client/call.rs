//! What a call is made of: for whom, with which effect, and the request itself.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use http_body_util::Full;
use muster_base::{ChatId, EffectId, limits};
use serde::Serialize;

use crate::Error;
use crate::session::{Body, boxed};
use crate::wire::{self, BASE};

/// The effect of a call: sent again with the same id it never happens twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectTag {
    /// Chosen by the server, committed before the call.
    pub id: EffectId,
    /// SHA-256 of the call's canonical input, hex.
    pub hash: String,
}

/// For whom a call is made, and how long it may take.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// The chat, if the call is one's tool.
    pub chat_id: Option<ChatId>,
    /// The chat's ancestors, nearest first.
    pub ancestor_chat_ids: Vec<ChatId>,
    /// Required on every call that has an effect.
    pub effect: Option<EffectTag>,
    /// The whole call, a retry on a new link included.
    pub deadline: Duration,
}

impl Default for CallContext {
    fn default() -> Self {
        Self::within(limits::AGENT_CALL_DEFAULT)
    }
}

impl CallContext {
    /// A call of the server itself.
    #[must_use]
    pub const fn within(deadline: Duration) -> Self {
        Self {
            chat_id: None,
            ancestor_chat_ids: Vec::new(),
            effect: None,
            deadline,
        }
    }

    /// A call for a chat.
    #[must_use]
    pub fn of_chat(chat_id: ChatId, ancestor_chat_ids: Vec<ChatId>) -> Self {
        Self {
            chat_id: Some(chat_id),
            ancestor_chat_ids,
            ..Self::default()
        }
    }

    /// The same with an effect.
    #[must_use]
    pub fn with_effect(mut self, effect: EffectTag) -> Self {
        self.effect = Some(effect);
        self
    }

    /// The same with another deadline.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

/// One request before it is bound to a link, so that it can be sent again.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
    /// Whether it may be sent again although it carries no effect id.
    pub(super) reads: bool,
}

impl Call {
    pub(super) fn get(name: &'static str, target: String) -> Self {
        Self {
            name,
            method: Method::GET,
            target,
            content_type: "",
            body: Bytes::new(),
            reads: true,
        }
    }

    pub(super) fn post(
        name: &'static str,
        target: String,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        let json = serde_json::to_vec(body);
        let body = json.map_err(|source| Error::Unreadable { call: name, source })?;
        Ok(Self {
            name,
            method: Method::POST,
            target,
            content_type: "application/json",
            body: body.into(),
            reads: false,
        })
    }

    /// A call whose bodies go on after its head.
    pub(super) const fn stream(name: &'static str, target: String) -> Self {
        Self {
            name,
            method: Method::POST,
            target,
            content_type: "application/x-ndjson",
            body: Bytes::new(),
            reads: false,
        }
    }

    /// A POST that only reads, or that changes nothing when it comes twice.
    pub(super) const fn repeatable(mut self) -> Self {
        self.reads = true;
        self
    }

    /// The request with its whole body.
    pub(super) fn whole(&self, context: &CallContext) -> Result<Request<Body>, Error> {
        let request = self.request(context)?;
        Ok(request.map(|()| boxed(Full::new(self.body.clone()))))
    }

    /// The request without its body.
    pub(super) fn request(&self, context: &CallContext) -> Result<Request<()>, Error> {
        let mut builder = Request::builder()
            .method(self.method.clone())
            .uri(format!("http://agent{BASE}/{}", self.target));
        if !self.content_type.is_empty() {
            builder = builder.header(CONTENT_TYPE, self.content_type);
        }
        if let Some(chat_id) = context.chat_id {
            builder = builder.header(wire::HEADER_CHAT, chat_id.to_string());
        }
        if !context.ancestor_chat_ids.is_empty() {
            let ids = serde_json::to_string(&context.ancestor_chat_ids);
            builder = builder.header(wire::HEADER_ANCESTORS, ids.unwrap_or_default());
        }
        if let Some(effect) = &context.effect {
            builder = builder
                .header(wire::HEADER_EFFECT, effect.id.to_string())
                .header(wire::HEADER_EFFECT_HASH, &effect.hash);
        }
        builder.body(()).map_err(|source| Error::Unsendable {
            call: self.name,
            source,
        })
    }
}

pub(super) fn with_query(path: &str, query: &impl Serialize) -> String {
    // Flat structs of texts and numbers: encoding them can't fail.
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    format!("{path}?{query}")
}
