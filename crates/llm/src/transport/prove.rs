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
        Err(failure) => match chat_path(endpoint.provider) {
            Some(path) if has_no_list(&failure) => chat_exists(endpoint, path).await,
            Some(_) | None => Err(failure),
        },
    }
    .map_err(unproven)
}

/// A server that has not let the key in has not looked at any account, whatever it says of
/// quotas.
fn unproven(failure: Failure) -> Failure {
    let kind = match failure.status_code {
        Some(401) => FailureKind::Auth,
        Some(_) | None => failure.kind,
    };
    Failure { kind, ..failure }
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
/// such keys, and both say so in words; OpenAI with either status.
fn may_not_list(provider: ProviderKind, failure: &Failure) -> bool {
    let (statuses, words): (&[u16], _) = match provider {
        ProviderKind::Bedrock => (&[403], "not authorized to perform"),
        ProviderKind::Openai => (&[401, 403], "insufficient permissions for this operation"),
        ProviderKind::Anthropic
        | ProviderKind::Azure
        | ProviderKind::Google
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => return false,
    };
    let detail = failure.detail.as_deref().unwrap_or_default();
    let status = failure.status_code;
    status.is_some_and(|status| statuses.contains(&status)) && detail.contains(words)
}

/// Gateways in place of a provider often have its chat route and nothing else.
fn has_no_list(failure: &Failure) -> bool {
    matches!(failure.status_code, Some(404 | 405 | 501))
}

/// Where a provider is asked for answers, if that does not take the name of a model.
const fn chat_path(provider: ProviderKind) -> Option<&'static str> {
    match provider {
        ProviderKind::Anthropic => Some("/v1/messages"),
        ProviderKind::Azure
        | ProviderKind::Openai
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => Some("/chat/completions"),
        ProviderKind::Bedrock | ProviderKind::Google => None,
    }
}

/// A server without a list of models: one that answers an empty request with "what is this"
/// has the route and takes the key.
async fn chat_exists(endpoint: &Endpoint, path: &str) -> Result<(), Failure> {
    let draft = Draft {
        method: Method::POST,
        url: endpoint.url(path),
        headers: endpoint.codec.catalog().headers,
        body: b"{}".to_vec(),
    };
    match answer(endpoint, draft).await {
        Ok(_odd_but_there) => Ok(()),
        Err(failure) if failure.kind != FailureKind::Auth && misses_a_model(&failure) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Whether the server has understood that it was asked nothing. Some say that of the model that
/// is not there as of a page that is not there.
fn misses_a_model(failure: &Failure) -> bool {
    let detail = failure.detail.as_deref().unwrap_or_default();
    match failure.status_code {
        Some(400 | 422) => true,
        Some(404) => detail.to_lowercase().contains("model"),
        Some(_) | None => false,
    }
}
