//! What every request goes through, outermost first: request id, log and metrics, panic
//! catcher, response headers. Built in two halves, because one deeply nested type would make
//! the compiler crawl.

use std::any::Any;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use muster_base::RequestId;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::error::Error;
use crate::start::access_url;
use crate::{assets, request_id};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The id of the web UI's build; a page from an older build offers to reload.
const BUILD: HeaderName = HeaderName::from_static("x-muster-build");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// What existing clients read the server's version from.
const FOREIGN_BUILD: HeaderName = HeaderName::from_static("x-coder-build-version");
const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"));
/// A year, for this host only: what else is below its name is none of our business.
const TRANSPORT_SECURITY: &str = "max-age=31536000";
/// The page's own files and nothing else; sockets to ourselves. Styles may be inline because
/// the UI's libraries make style elements; scripts never are.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; \
     connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Puts the routes under the stack.
pub(crate) fn wrap(routes: Router<App>, app: &App) -> Router<App> {
    let headers = Headers::of(app);
    let inner = routes
        .layer(middleware::map_response(move |response| {
            let own = headers.clone();
            async move { harden(response, own) }
        }))
        .layer(CatchPanicLayer::custom(caught));
    inner.layer(middleware::from_fn_with_state(app.clone(), observe))
}

/// Names the request, logs it in one line and counts it.
async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = RequestId::new(&app.clock);
    let watch = app.clock.stopwatch();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    // The pattern and not the path: labels stay few, and a path may hold names.
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let mut response = request_id::scope(id, next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let elapsed = watch.elapsed();
    tracing::debug!(
        request.id = %id,
        http.method = %method,
        http.route = %route,
        http.status = status,
        elapsed_us = elapsed.as_micros(),
        "request served"
    );
    let class = format!("{}xx", status / 100);
    let labels = [
        ("method", method.to_string()),
        ("route", route),
        ("status", class),
    ];
    metrics::histogram!("muster_http_request_seconds", &labels).record(elapsed.as_secs_f64());
    response
}

/// A panic ends its request and nothing else. Its words go to the log, not to the client.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the catcher hands over what it caught"
)]
fn caught(panic: Box<dyn Any + Send>) -> Response {
    #[derive(Debug, thiserror::Error)]
    #[error("handler panicked: {0}")]
    struct Panicked(String);

    let words = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            panic
                .downcast_ref::<&str>()
                .map(|words| (*words).to_owned())
        })
        .unwrap_or_default();
    Error::internal(Panicked(words)).into_response()
}

/// What depends on how people reach the server.
#[derive(Clone)]
struct Headers {
    content_security: HeaderValue,
    /// Only where browsers come by https: elsewhere it would be ignored.
    transport_security: Option<HeaderValue>,
}

impl Headers {
    fn of(app: &App) -> Self {
        // Some browsers don't take a socket to ourselves for `'self'`.
        let url = access_url(&app.config, app.address);
        let socket = url.replacen("http", "ws", 1);
        let policy = CONTENT_SECURITY.replacen(
            "connect-src 'self'",
            &format!("connect-src 'self' {socket}"),
            1,
        );
        let fixed = HeaderValue::from_static(CONTENT_SECURITY);
        Self {
            content_security: HeaderValue::from_str(&policy).unwrap_or(fixed),
            transport_security: app
                .config
                .is_https()
                .then_some(HeaderValue::from_static(TRANSPORT_SECURITY)),
        }
    }
}

/// What browsers are told about every answer.
fn harden(mut response: Response, own: Headers) -> Response {
    let headers = response.headers_mut();
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (
            PERMISSIONS_POLICY,
            "camera=(), geolocation=(), payment=(), usb=(), microphone=()",
        ),
        // A popup that signs in elsewhere needs its opener.
        (OPENER_POLICY, "same-origin-allow-popups"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(id) = assets::build_id() {
        headers.insert(BUILD, id.clone());
    }
    headers.insert(FOREIGN_BUILD, HeaderValue::from_static(VERSION));
    if let Some(value) = own.transport_security {
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
    // What people uploaded is under a stricter one.
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(own.content_security);
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
