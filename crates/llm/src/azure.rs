//! Azure OpenAI: OpenAI's formats at an address per customer.
//!
//! Two families of addresses exist. The dated one names a deployment in the path
//! (`/openai/deployments/<name>`) and an `api-version` in the query; the undated one ends in
//! `/openai/v1` and names the deployment as the model.

use reqwest::Url;

const VERSION: &str = "api-version";
/// The last dated version; the undated addresses need none.
const VERSION_DEFAULT: &str = "2025-04-01-preview";
const DEPLOYMENTS: &str = "/deployments/";
/// Azure's own host names.
const HOSTS: [&str; 3] = [
    ".openai.azure.com",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
];

/// The base URL with what people leave out: the path of a bare resource, the version of a
/// dated address.
pub(crate) fn normalised(mut url: Url) -> Url {
    let host = url.host_str().unwrap_or_default().to_owned();
    let path = url.path().trim_end_matches('/').to_owned();
    let is_azure = HOSTS.iter().any(|own| host.ends_with(own));
    if is_azure && matches!(path.as_str(), "" | "/openai") {
        url.set_path("/openai/v1");
    }
    let is_undated = url.path().trim_end_matches('/').ends_with("/v1");
    let has_version = url.query_pairs().any(|(name, _)| name == VERSION);
    if !is_undated && !has_version {
        url.query_pairs_mut().append_pair(VERSION, VERSION_DEFAULT);
    }
    url
}

/// The base of `path`: only chat completions belong to a deployment, everything else is
/// asked of the resource.
pub(crate) fn base_path<'a>(base: &'a str, path: &str) -> &'a str {
    match base.find(DEPLOYMENTS) {
        Some(at) if !path.starts_with("/chat/") => base.get(..at).unwrap_or(base),
        Some(_) | None => base,
    }
}

#[cfg(test)]
mod tests;
