//! The provider's list of models.

use futures_util::StreamExt;
use http::{Method, StatusCode};
use muster_base::limits::{MODEL_CATALOG_BYTES_MAX, MODEL_CATALOG_LIMIT};
use serde::Deserialize;

use super::run::{refused, transport_failure};
use super::{Draft, Endpoint};
use crate::bedrock;
use crate::codec::malformed;
use crate::failure::{Failure, Origin};
use crate::first_chunk::Watch;
use crate::provider::ProviderKind;

/// Name of the timer that runs while the list is fetched.
const CATALOG_TIMER: &str = "model.catalog";

#[derive(Deserialize)]
struct Page {
    #[serde(alias = "modelSummaries")]
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "modelId")]
    id: String,
}

/// The names of all models, as the provider sorts them.
pub(crate) async fn list(endpoint: &Endpoint) -> Result<Vec<String>, Failure> {
    let body = in_time(endpoint, fetch(endpoint)).await?;
    let page: Page =
        serde_json::from_slice(&body).map_err(|error| malformed(endpoint.provider, &error))?;
    Ok(page.data.into_iter().map(|entry| entry.id).collect())
}

/// Limits everything that is not a model's answer.
pub(super) async fn in_time<T>(
    endpoint: &Endpoint,
    asking: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let asked = endpoint
        .clock
        .timeout(CATALOG_TIMER, MODEL_CATALOG_LIMIT, asking)
        .await;
    asked.map_err(|_elapsed| endpoint.failure(Origin::Startup, ""))?
}

/// The list as it comes.
pub(super) async fn fetch(endpoint: &Endpoint) -> Result<Vec<u8>, Failure> {
    let catalog = endpoint.codec.catalog();
    let mut url = endpoint.url(catalog.path);
    if endpoint.provider == ProviderKind::Bedrock {
        url = bedrock::control(&url);
    }
    if catalog.query.is_some() {
        url.set_query(catalog.query);
    }
    let draft = Draft {
        method: Method::GET,
        url,
        headers: catalog.headers,
        body: Vec::new(),
    };
    answer(endpoint, draft).await
}

/// The body of a short answer.
pub(super) async fn answer(endpoint: &Endpoint, draft: Draft) -> Result<Vec<u8>, Failure> {
    let response = endpoint.request(draft, None).send().await;
    let response = response.map_err(|error| transport_failure(endpoint, &error))?;
    if response.status() != StatusCode::OK {
        return Err(refused(endpoint, response, &mut Watch::arm(&endpoint.clock)).await);
    }
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| transport_failure(endpoint, &error))?;
        if body.len() + chunk.len() > MODEL_CATALOG_BYTES_MAX {
            return Err(endpoint.failure(Origin::Oversize, "the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
