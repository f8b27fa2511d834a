//! One HTTP client per provider configuration, and the model that speaks through it.

mod catalog;
mod client;
mod connect_limit;
mod run;

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use http::HeaderMap;
use muster_base::{Clock, Secret};
use reqwest::Url;

use self::run::Run;
use crate::codec::Codec;
use crate::failure::{Failure, Origin, Raw, classify};
use crate::headers::{Attribution, attribution_headers};
use crate::model::{EventStream, LanguageModel, Request};
use crate::provider::ProviderKind;

pub(crate) use self::catalog::list as list_models;
pub(crate) use self::client::build as build_client;

/// A configured provider: codec, client, address and key.
pub(crate) struct Endpoint {
    pub(crate) provider: ProviderKind,
    pub(crate) codec: Box<dyn Codec>,
    pub(crate) client: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) base_url: Url,
    /// The headers that carry the key.
    pub(crate) key_headers: HeaderMap,
    /// The key itself, to keep it out of everything that is quoted.
    pub(crate) key: Option<Secret>,
}

impl Endpoint {
    /// The address of `path` below the base URL.
    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        let joined = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }

    /// All headers that do not depend on the format.
    fn headers(&self, attribution: Option<&Attribution>) -> HeaderMap {
        let mut headers = attribution_headers(attribution);
        headers.extend(self.key_headers.clone());
        headers
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
        let key = self
            .key
            .as_ref()
            .map(Secret::expose)
            .filter(|key| !key.is_empty());
        key.map_or_else(
            || text.to_owned(),
            |key| text.replace(key.as_str(), "[redacted]"),
        )
    }
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
