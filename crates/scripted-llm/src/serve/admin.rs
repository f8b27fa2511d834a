//! The admin routes: configuration, counters, captured requests.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::ScriptedModel;
use crate::script::{Script, ScriptError};

pub(super) fn routes(model: &ScriptedModel) -> Router<ScriptedModel> {
    Router::new()
        .route("/config", get(get_config).put(put_config))
        .route("/stats", get(get_stats))
        .route("/reset", post(reset))
        .route("/requests", get(get_requests))
        .layer(from_fn_with_state(model.clone(), guard))
}

/// Scripts decide what an agent does, so they are not for everybody: with a token only those
/// who have it come in, without one only this machine.
async fn guard(State(model): State<ScriptedModel>, request: Request, next: Next) -> Response {
    let token = model.options().admin_token;
    let is_allowed = match token {
        Some(token) => {
            let given = request.headers().get(AUTHORIZATION);
            let given = given.and_then(|given| given.to_str().ok()?.strip_prefix("Bearer "));
            given.is_some_and(|given| given == token.expose())
        }
        None => {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
            peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        }
    };
    if is_allowed {
        return next.run(request).await;
    }
    let body = json!({"message": "the admin routes need this machine or the token"});
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigBody {
    /// Scripts as TOML texts; absent = keep.
    scripts: Option<Vec<String>>,
    strict: Option<bool>,
    attribution: Option<bool>,
    directives: Option<bool>,
    capture: Option<bool>,
    stamps: Option<bool>,
    cache_prefix: Option<bool>,
}

async fn get_config(State(model): State<ScriptedModel>) -> Json<Value> {
    let options = model.options();
    let scripts: Vec<_> = options.scripts.iter().map(|script| &script.name).collect();
    Json(json!({
        "scripts": scripts,
        "strict": options.strict,
        "attribution": options.attribution,
        "directives": options.directives,
        "capture": options.capture,
        "stamps": options.stamps,
        "cache_prefix": options.cache_prefix,
    }))
}

async fn put_config(
    State(model): State<ScriptedModel>,
    Json(body): Json<ConfigBody>,
) -> Result<StatusCode, (StatusCode, Json<Value>)> {
    let refused = |error: ScriptError| {
        (
            StatusCode::BAD_REQUEST,
            Json(json!({"message": error.to_string()})),
        )
    };
    let scripts = body.scripts.map(|texts| {
        texts
            .iter()
            .map(|text| Script::parse(text))
            .collect::<Result<Vec<_>, _>>()
    });
    let scripts = scripts.transpose().map_err(refused)?;
    model.configure(|options| {
        options.scripts = scripts.unwrap_or_else(|| std::mem::take(&mut options.scripts));
        options.strict = body.strict.unwrap_or(options.strict);
        options.attribution = body.attribution.unwrap_or(options.attribution);
        options.directives = body.directives.unwrap_or(options.directives);
        options.capture = body.capture.unwrap_or(options.capture);
        options.stamps = body.stamps.unwrap_or(options.stamps);
        options.cache_prefix = body.cache_prefix.unwrap_or(options.cache_prefix);
    });
    Ok(StatusCode::NO_CONTENT)
}

async fn get_stats(State(model): State<ScriptedModel>) -> Json<Value> {
    Json(json!(model.stats()))
}

async fn reset(State(model): State<ScriptedModel>) -> StatusCode {
    model.reset();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn get_requests(
    State(model): State<ScriptedModel>,
    Query(Since { since }): Query<Since>,
) -> Json<Value> {
    Json(json!(model.requests(since)))
}
