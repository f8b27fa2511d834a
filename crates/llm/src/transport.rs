//! One HTTP client per provider configuration, and the model that speaks through it.

mod catalog;
mod client;
mod connect_limit;
mod prove;
mod run;

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use http::{HeaderMap, Method};
use muster_base::Clock;
use reqwest::Url;

use self::run::Run;
use crate::auth::{Auth, Outgoing};
use crate::azure;
use crate::codec::Codec;
use crate::failure::{Failure, Origin, Raw, classify};
use crate::headers::{Attribution, attribution_headers};
use crate::model::{EventStream, LanguageModel, Request};
use crate::provider::ProviderKind;

pub(crate) use self::catalog::list as list_models;
pub(crate) use self::client::build as build_client;
pub(crate) use self::prove::prove;

/// A configured provider: codec, client, address and proof of identity.
pub(crate) struct Endpoint {
    pub(crate) provider: ProviderKind,
    pub(crate) codec: Box<dyn Codec>,
    pub(crate) client: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) base_url: Url,
    pub(crate) auth: Auth,
}

impl Endpoint {
    /// The address of `path` below the base URL, whose query is kept.
    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        let mut base = url.path().trim_end_matches('/');
        if self.provider == ProviderKind::Azure {
            base = azure::base_path(base, path);
        }
        let joined = format!("{base}{path}");
        url.set_path(&joined);
        url
    }

    /// A request with all that every request has.
    fn request(&self, draft: Draft, attribution: Option<&Attribution>) -> reqwest::RequestBuilder {
        let Draft {
            method,
            url,
            headers: own,
            body,
        } = draft;
        let mut headers = attribution_headers(attribution);
        headers.extend(own);
        let mut outgoing = Outgoing {
            method: method.clone(),
            url: &url,
            headers: &mut headers,
            body: &body,
        };
        self.auth.apply(&mut outgoing, self.clock.now());
        self.client.request(method, url).headers(headers).body(body)
    }

    /// Classifies what did not come from the provider itself.
    fn failure(&self, origin: Origin, text: &str) -> Failure {
        classify(&Raw::new(
            origin,
            Some(self.provider),
            &self.without_key(text),
        ))
    }

    fn without_key(&self, text: &str) -> String {
        self.auth.without_key(text)
    }
}

/// A request without what every request has.
struct Draft {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A model over HTTP.
pub(crate) struct HttpModel(Arc<Endpoint>);

impl HttpModel {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self(Arc::new(endpoint))
    }
}

impl LanguageModel for HttpModel {
    fn stream(&self, request: Request) -> EventStream {
        let run = Run::new(Arc::clone(&self.0), request);
        let events = stream::unfold(run, |mut run| async move {
            let item = run.next().await?;
            Some((item, run))
        });
        events.boxed()
    }
}

#[cfg(test)]
mod tests;
