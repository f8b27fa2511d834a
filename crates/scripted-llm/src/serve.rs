//! The HTTP face: provider routes, script selection, admin routes.

use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use futures_util::stream;
use muster_base::Clock;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::chunks::{Piece, pieces};
use crate::conversation::Conversation;
use crate::faults::{Fault, FaultKind, Stall};
use crate::model::{ScriptedModel, Selection, parse_selection};
use crate::script::Script;
use crate::wire::Wire;

/// A request body may hold screenshots.
const REQUEST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Headers that say for whom a model request is made.
const ATTRIBUTION: [&str; 2] = ["x-coder-owner-id", "x-coder-chat-id"];

impl ScriptedModel {
    /// All routes; mount them at the root of a server.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(model_routes())
            .nest("/s/{script}", model_routes())
            .route("/admin/config", get(get_config).put(put_config))
            .route("/admin/stats", get(get_stats))
            .route("/admin/reset", post(reset))
            .route("/admin/requests", get(get_requests))
            .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
            .with_state(self.clone())
    }
}

fn model_routes() -> Router<ScriptedModel> {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/models", get(list_models))
}

/// Serves a scripted model until the drain token fires.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    model: ScriptedModel,
    listener: TcpListener,
    drain: CancellationToken,
) -> io::Result<()> {
    // Streams may be paced to last for ever, so the end does not wait for them.
    tokio::select! {
        served = axum::serve(listener, model.router()) => served,
        () = drain.cancelled() => Ok(()),
    }
}

#[derive(Debug, Default, Deserialize)]
struct ScriptPath {
    script: Option<String>,
}

type Input = (
    State<ScriptedModel>,
    Path<ScriptPath>,
    Method,
    Uri,
    HeaderMap,
    Bytes,
);

async fn messages(input: Input) -> Response {
    respond(Wire::Anthropic, input).await
}

async fn chat_completions(input: Input) -> Response {
    respond(Wire::Chat, input).await
}

async fn respond(wire: Wire, input: Input) -> Response {
    let (State(model), Path(path), method, uri, headers, body) = input;
    model.count_request();
    let json: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if let Some(capture) = model.capture() {
        capture.record(&method, &uri, &headers, &json);
    }
    let conversation = match accept(&model, wire, &headers, &json, body.len()) {
        Ok(conversation) => conversation,
        Err(what) => {
            model.count_violation();
            return error_response(wire, StatusCode::BAD_REQUEST, &what);
        }
    };
    let selection = selection(&headers, path, &conversation);
    match model.answer(&conversation, &headers, &body, selection) {
        Ok((answer, fault)) => deliver(&model, wire, &conversation, &answer, fault.as_ref()).await,
        Err(what) => error_response(wire, StatusCode::NOT_FOUND, &what),
    }
}

/// Reads the request and, where the checks are on, refuses what a provider would refuse.
fn accept(
    model: &ScriptedModel,
    wire: Wire,
    headers: &HeaderMap,
    json: &Value,
    bytes: usize,
) -> Result<Conversation, String> {
    let conversation = wire.read(json, bytes)?;
    let (strict, attribution) = model.checks();
    if attribution
        && let Some(name) = ATTRIBUTION
            .iter()
            .find(|name| !headers.contains_key(**name))
    {
        return Err(format!("header {name} is missing"));
    }
    if strict {
        wire.check(json, &conversation)?;
    }
    Ok(conversation)
}

/// Header, then path, then model name; the engine adds directives and the default.
fn selection(headers: &HeaderMap, path: ScriptPath, conversation: &Conversation) -> Selection {
    let header = headers
        .get("x-scripted-script")
        .and_then(|value| value.to_str().ok());
    let named = header.map(str::to_owned).or(path.script).or_else(|| {
        conversation
            .model
            .strip_prefix("script:")
            .map(str::to_owned)
    });
    named
        .map(|named| parse_selection(named.split(',')))
        .unwrap_or_default()
}

async fn deliver(
    model: &ScriptedModel,
    wire: Wire,
    conversation: &Conversation,
    answer: &Answer,
    fault: Option<&Fault>,
) -> Response {
    match fault.map(|fault| &fault.kind) {
        Some(FaultKind::Status {
            status,
            retry_after,
            body,
        }) => {
            let text = body.as_deref().unwrap_or("scripted fault");
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            let mut response = error_response(wire, status, text);
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from(*seconds));
            }
            return response;
        }
        Some(FaultKind::WrongType) => {
            let page = "<!doctype html><title>Sign in</title><p>Please sign in.";
            return ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
        }
        Some(FaultKind::Hang) => std::future::pending::<()>().await,
        Some(FaultKind::SlowHeaders(delay)) => {
            model.clock().timer("scripted.headers", *delay).await;
        }
        Some(_) | None => {}
    }
    if conversation.stream {
        let events = wire.events(answer, conversation);
        return streamed(
            model.clock().clone(),
            pieces(events, answer.pace, fault, wire),
        );
    }
    if let Some(FaultKind::Stall {
        place: Stall::First | Stall::Mid,
        pause,
    }) = fault.map(|fault| &fault.kind)
    {
        match pause {
            Some(pause) => model.clock().timer("scripted.stall", *pause).await,
            None => std::future::pending().await,
        }
    }
    Json(wire.whole(answer, &conversation.model)).into_response()
}

fn streamed(clock: Clock, pieces: Vec<Piece>) -> Response {
    let body = stream::unfold(
        (clock, pieces.into_iter()),
        |(clock, mut pieces)| async move {
            loop {
                match pieces.next()? {
                    Piece::Bytes(bytes) => return Some((Ok(bytes), (clock, pieces))),
                    Piece::Wait(time) if time.is_zero() => tokio::task::yield_now().await,
                    Piece::Wait(time) => clock.timer("scripted.pace", time).await,
                    Piece::Forever => std::future::pending().await,
                    Piece::Drop => {
                        let cut = io::Error::from(io::ErrorKind::ConnectionAborted);
                        return Some((Err(cut), (clock, pieces)));
                    }
                }
            }
        },
    );
    (
        [(CONTENT_TYPE, "text/event-stream; charset=utf-8")],
        Body::from_stream(body),
    )
        .into_response()
}

fn error_response(wire: Wire, status: StatusCode, message: &str) -> Response {
    (status, Json(wire.error(status.as_u16(), message))).into_response()
}

async fn list_models(State(model): State<ScriptedModel>) -> Json<Value> {
    let entry = |name: String| {
        json!({"id": name, "object": "model", "type": "model", "display_name": name,
               "created": 0, "created_at": "2026-01-01T00:00:00Z", "owned_by": "scripted"})
    };
    let scripts = model.options().scripts;
    let named = scripts
        .iter()
        .map(|script| entry(format!("script:{}", script.name)));
    let data: Vec<Value> = std::iter::once(entry("scripted".into()))
        .chain(named)
        .collect();
    Json(json!({"object": "list", "data": data, "has_more": false}))
}

async fn count_tokens(body: Bytes) -> Json<Value> {
    Json(json!({"input_tokens": body.len() / 4}))
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
    }))
}

async fn put_config(
    State(model): State<ScriptedModel>,
    Json(body): Json<ConfigBody>,
) -> Result<StatusCode, (StatusCode, Json<Value>)> {
    let refused = |error: crate::ScriptError| {
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
