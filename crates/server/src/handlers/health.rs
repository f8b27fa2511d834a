//! For whoever watches the process.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use muster_rbac::{Action, Object, ResourceKind, authorize};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "deployment", security(()),
    responses((status = 200, body = String)))]
pub(crate) async fn live() -> &'static str {
    "OK"
}

/// Requests are welcome: the database answers and no shutdown has begun.
#[utoipa::path(get, path = "/readyz", tag = "deployment", security(()),
    responses((status = 200, body = String), (status = 503, body = muster_api::ErrorBody)))]
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str> {
    if !app.ready.load(Ordering::Acquire) {
        return Err(Error::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server is starting or shutting down.",
        ));
    }
    app.store.ready().await.map_err(Error::unavailable)?;
    Ok("OK")
}

/// Metrics in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "deployment",
    responses((status = 200, body = String), (status = 403, body = muster_api::ErrorBody)))]
pub(crate) async fn metrics(State(app): State<App>, caller: Caller) -> Result<Response> {
    let debug = Object::of(ResourceKind::Debug);
    authorize(caller.actor(), Action::Read, &debug).map_err(muster_store::Error::from)?;
    let text = (app.metrics)();
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
