//! The web UI: files of `web/dist`, embedded in release builds and read from disk in debug
//! builds. Without a build of the UI a small page says how to get one.

use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::Error;

/// What `npm run build` wrote. Text files have twins compressed with Brotli and gzip.
#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
#[allow_missing = true]
struct Dist;

/// Names in this folder hold a hash of the content.
const HASHED: &str = "assets/";
/// Holds the id of the build, which the loaded page knows too.
const BUILD_ID: &str = "build-id";
/// Shown in place of the UI where it was not built.
const MISSING: &str = include_str!("../assets/missing.html");

/// Paths that belong to machines: nobody gets a page there.
const MACHINES: [&str; 8] = [
    "/api/",
    "/healthz",
    "/readyz",
    "/livez",
    "/metrics",
    "/.well-known/",
    "/oauth2/tokens",
    "/assets/",
];

/// What no route matched: a file of the UI, or its page, which has the routes of the UI.
pub(crate) async fn fallback(request: Request) -> Response {
    let path = request.uri().path();
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        if let Some(found) = file(path, request.headers()) {
            return found;
        }
        if wants_page(path, request.headers()) {
            return page(request.headers());
        }
    }
    Error::not_found().into_response()
}

/// The id of the embedded build, for pages that were loaded from an older one.
pub(crate) fn build_id() -> Option<&'static HeaderValue> {
    static ID: OnceLock<Option<HeaderValue>> = OnceLock::new();
    ID.get_or_init(|| HeaderValue::from_bytes(Dist::get(BUILD_ID)?.data.trim_ascii()).ok())
        .as_ref()
}

fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    accepted.contains("text/html") && !MACHINES.iter().any(|machine| path.starts_with(machine))
}

fn page(headers: &HeaderMap) -> Response {
    file("/index.html", headers)
        .unwrap_or_else(|| ([(CONTENT_TYPE, "text/html; charset=utf-8")], MISSING).into_response())
}

/// A file of the UI in the best encoding that the browser takes.
fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    let kind = content_type(name)?;
    let (encoding, file) = encoded(name, headers)?;
    let tag = etag(&file, encoding);
    let unchanged = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|one| one.trim() == tag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.data).into_response()
    };
    let cache = if name.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let own = response.headers_mut();
    own.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    own.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    own.insert(VARY, HeaderValue::from_static("accept-encoding"));
    own.insert(ETAG, HeaderValue::from_str(&tag).ok()?);
    if let Some(encoding) = encoding {
        own.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn encoded(name: &str, headers: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let accepts = |coding: &str| {
        accepted.split(',').any(|one| {
            let mut words = one.split(';').map(str::trim);
            words.next() == Some(coding) && words.next() != Some("q=0")
        })
    };
    for (coding, suffix) in [("br", "br"), ("gzip", "gz")] {
        if accepts(coding)
            && let Some(file) = Dist::get(&format!("{name}.{suffix}"))
        {
            return Some((Some(coding), file));
        }
    }
    Some((None, Dist::get(name)?))
}

/// Strong, and another for each encoding: the bytes differ.
fn etag(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let hash = hex::encode(file.metadata.sha256_hash());
    let short = hash.get(..32).unwrap_or_default();
    format!("\"{short}{}\"", encoding.unwrap_or_default())
}

/// The type of the files that the UI consists of; `None` for what is not served.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn page_answers_people_and_not_machines() {
        let browser = headers(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        for path in ["/", "/login", "/agents/0190", "/index", "/healthy"] {
            assert!(wants_page(path, &browser), "{path}");
        }
        for path in ["/api/v2/nothing", "/assets/gone.js", "/.well-known/x"] {
            assert!(!wants_page(path, &browser), "{path}");
        }
        assert!(!wants_page("/agents", &headers(ACCEPT, "*/*")));
        assert!(!wants_page("/agents", &HeaderMap::new()));
    }

    #[test]
    fn only_kinds_of_the_ui_are_served() {
        assert_eq!(
            content_type("sw.js"),
            Some("text/javascript; charset=utf-8")
        );
        for name in ["build-id", "secret.key", "app.js.br", ""] {
            assert_eq!(content_type(name), None, "{name}");
        }
    }

    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        let none = HeaderMap::new();
        for path in [
            "/../Cargo.toml",
            "/../index.html",
            "//etc/x.html",
            "nothing.js",
        ] {
            assert!(file(path, &none).is_none(), "{path}");
        }
    }
}
