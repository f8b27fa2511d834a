//! The built-in page: it signs in by the login link and says what to do next, until the web
//! UI takes its place.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::error::{Error, Result};
use crate::extract::Path;

const PAGE: &str = include_str!("../assets/page.html");
const SCRIPT: &str = include_str!("../assets/page.js");
const STYLE: &str = include_str!("../assets/page.css");

/// `/` and `/login`. The secret of a login link stays in the fragment or query; only the
/// script reads it, and sends it as a body.
pub(crate) async fn page() -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response()
}

/// The page's script and style.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response> {
    let (kind, text) = match name.as_str() {
        "page.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "page.css" => ("text/css; charset=utf-8", STYLE),
        _ => return Err(Error::not_found()),
    };
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}
