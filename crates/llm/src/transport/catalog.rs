//! The provider's list of models; the cheapest question that proves a key.

use futures_util::StreamExt;
use http::StatusCode;
use muster_base::limits::{MODEL_CATALOG_BYTES_MAX, MODEL_CATALOG_LIMIT};
use serde::Deserialize;

use super::Endpoint;
use super::run::{refused, transport_failure};
use crate::codec::malformed;
use crate::failure::{Failure, Origin};
use crate::first_chunk::Watch;

/// Name of the timer that runs while the list is fetched.
const CATALOG_TIMER: &str = "model.catalog";

#[derive(Deserialize)]
struct Page {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
}

/// The names of all models, as the provider sorts them.
pub(crate) async fn list(endpoint: &Endpoint) -> Result<Vec<String>, Failure> {
    let asking = fetch(endpoint);
    let asked = endpoint
        .clock
        .timeout(CATALOG_TIMER, MODEL_CATALOG_LIMIT, asking)
        .await;
    let body = asked.map_err(|_elapsed| endpoint.failure(Origin::Startup, ""))??;
    let page: Page =
        serde_json::from_slice(&body).map_err(|error| malformed(endpoint.provider, &error))?;
    Ok(page.data.into_iter().map(|entry| entry.id).collect())
}

async fn fetch(endpoint: &Endpoint) -> Result<Vec<u8>, Failure> {
    let catalog = endpoint.codec.catalog();
    let mut url = endpoint.url(catalog.path);
    url.set_query(catalog.query);
    let mut headers = endpoint.headers(None);
    headers.extend(catalog.headers);
    let response = endpoint.client.get(url).headers(headers).send().await;
    let response = response.map_err(|error| transport_failure(endpoint, &error))?;
    if response.status() != StatusCode::OK {
        return Err(refused(endpoint, response, &mut Watch::arm(&endpoint.clock)).await);
    }
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| transport_failure(endpoint, &error))?;
        if body.len() + chunk.len() > MODEL_CATALOG_BYTES_MAX {
            return Err(endpoint.failure(Origin::Oversize, "the list of models is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
