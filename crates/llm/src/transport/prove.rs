//! Whether address and key are right: one cheap question before anything is saved.

use http::Method;
use serde::de::IgnoredAny;

use super::catalog::{answer, fetch, in_time};
use super::{Draft, Endpoint};
use crate::codec::{json_headers, malformed};
use crate::failure::{Failure, FailureKind};
use crate::provider::ProviderKind;

/// Asks what only a right key is answered.
pub(crate) async fn prove(endpoint: &Endpoint) -> Result<(), Failure> {
    in_time(endpoint, ask(endpoint)).await
}

async fn ask(endpoint: &Endpoint) -> Result<(), Failure> {
    let listed = match account(endpoint.provider) {
        // Lists of models are public there, so the account is asked for.
        Some(path) => match get(endpoint, path).await {
            Err(failure) if failure.status_code == Some(404) => fetch(endpoint).await,
            asked => asked,
        },
        None => fetch(endpoint).await,
    };
    match listed {
        // Any JSON will do: lists differ, a page of some other server is none.
        Ok(body) => {
            let read: Result<IgnoredAny, _> = serde_json::from_slice(&body);
            read.map(drop)
                .map_err(|error| malformed(endpoint.provider, &error))
        }
        Err(failure) if may_not_list(endpoint.provider, &failure) => Ok(()),
        Err(failure)
            if endpoint.provider == ProviderKind::OpenaiCompat
                && matches!(failure.status_code, Some(404 | 405 | 501)) =>
        {
            chat_exists(endpoint).await
        }
        Err(failure) => Err(failure),
    }
}

/// What tells about the account behind a key.
const fn account(provider: ProviderKind) -> Option<&'static str> {
    match provider {
        ProviderKind::Openrouter => Some("/key"),
        ProviderKind::Vercel => Some("/credits"),
        ProviderKind::Anthropic
        | ProviderKind::Azure
        | ProviderKind::Bedrock
        | ProviderKind::Google
        | ProviderKind::Openai
        | ProviderKind::OpenaiCompat => None,
    }
}

async fn get(endpoint: &Endpoint, path: &str) -> Result<Vec<u8>, Failure> {
    let draft = Draft {
        method: Method::GET,
        url: endpoint.url(path),
        headers: json_headers(),
        body: Vec::new(),
    };
    answer(endpoint, draft).await
}

/// A key that may run models but not list them is known and right. Only AWS and OpenAI give
/// such keys, and both say so in words.
fn may_not_list(provider: ProviderKind, failure: &Failure) -> bool {
    let words = match provider {
        ProviderKind::Bedrock => "not authorized to perform",
        ProviderKind::Openai => "insufficient permissions for this operation",
        ProviderKind::Anthropic
        | ProviderKind::Azure
        | ProviderKind::Google
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => return false,
    };
    let detail = failure.detail.as_deref().unwrap_or_default();
    failure.status_code == Some(403) && detail.contains(words)
}

/// A server without a list of models: one that answers an empty request with "what is this"
/// has the route and takes the key.
async fn chat_exists(endpoint: &Endpoint) -> Result<(), Failure> {
    let draft = Draft {
        method: Method::POST,
        url: endpoint.url("/chat/completions"),
        headers: json_headers(),
        body: b"{}".to_vec(),
    };
    match answer(endpoint, draft).await {
        Ok(_odd_but_there) => Ok(()),
        Err(failure)
            if failure.kind != FailureKind::Auth
                && matches!(failure.status_code, Some(400 | 422)) =>
        {
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}
