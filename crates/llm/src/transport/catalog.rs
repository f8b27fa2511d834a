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
#[serde(untagged)]
enum Page {
    Data {
        #[serde(alias = "modelSummaries")]
        data: Vec<Entry>,
    },
    /// Gemini's, the only list that may have further pages.
    #[serde(rename_all = "camelCase")]
    Models {
        models: Vec<GeminiEntry>,
        next_page_token: Option<String>,
    },
}

#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "modelId")]
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GeminiEntry {
    name: String,
    supported_generation_methods: Option<Vec<String>>,
}

impl GeminiEntry {
    /// The name as a request has it; `None` for models that do not chat.
    fn chat_model(self) -> Option<String> {
        let methods = self.supported_generation_methods;
        let chats = methods.is_none_or(|all| all.iter().any(|it| it == "generateContent"));
        let name = self.name.strip_prefix("models/").unwrap_or(&self.name);
        chats.then(|| name.to_owned())
    }
}

/// The names of all models, as the provider sorts them.
pub(crate) async fn list(endpoint: &Endpoint) -> Result<Vec<String>, Failure> {
    in_time(endpoint, fetch_all(endpoint)).await
}

async fn fetch_all(endpoint: &Endpoint) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    let mut token = None;
    // The time limit is what ends a list that goes on for ever.
    loop {
        let body = fetch_page(endpoint, token.as_deref()).await?;
        let page: Page =
            serde_json::from_slice(&body).map_err(|error| malformed(endpoint.provider, &error))?;
        match page {
            Page::Data { data } => names.extend(data.into_iter().map(|entry| entry.id)),
            Page::Models {
                models,
                next_page_token,
            } => {
                names.extend(models.into_iter().filter_map(GeminiEntry::chat_model));
                token = next_page_token.filter(|token| !token.is_empty());
            }
        }
        if token.is_none() {
            return Ok(names);
        }
        if names.iter().map(String::len).sum::<usize>() > MODEL_CATALOG_BYTES_MAX {
            return Err(endpoint.failure(Origin::Oversize, "the answer is too long"));
        }
    }
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

/// The list as it comes: its first page, which proves a key.
pub(super) async fn fetch(endpoint: &Endpoint) -> Result<Vec<u8>, Failure> {
    fetch_page(endpoint, None).await
}

async fn fetch_page(endpoint: &Endpoint, token: Option<&str>) -> Result<Vec<u8>, Failure> {
    let catalog = endpoint.codec.catalog();
    let mut url = endpoint.url(catalog.path);
    if endpoint.provider == ProviderKind::Bedrock {
        url = bedrock::control(&url);
    }
    if catalog.query.is_some() {
        url.set_query(catalog.query);
    }
    if let Some(token) = token {
        url.query_pairs_mut().append_pair("pageToken", token);
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
        return Err(refused(endpoint, response, &mut Watch::arm(&endpoint.clock), None).await);
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
