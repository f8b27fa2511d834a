//! The HTTP face: provider routes and the choice of a script.

mod admin;
mod bedrock;
mod deliver;

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::deliver::{Order, deliver};
use crate::conversation::Conversation;
use crate::model::{ScriptedModel, Selection, parse_selection};
use crate::wire::{Wire, gemini};
use crate::{strict, wire};

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
            .nest("/admin", admin::routes(self))
            .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
            .with_state(self.clone())
    }
}

fn model_routes() -> Router<ScriptedModel> {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/responses", post(responses))
        .route("/v1/models", get(list_models))
        .route("/v1beta/models", get(list_gemini_models))
        .route("/v1beta/models/{call}", post(generate_content))
        .route("/foundation-models", get(bedrock::list_models))
        .route("/model/{id}/{action}", post(bedrock::invoke))
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
    // A small event must not wait for the other side's acknowledgement of the one before it.
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a socket keeps its delays");
        }
    });
    // The admin routes ask where a request came from.
    let service = model
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    // Streams may be paced to last for ever, so the end does not wait for them.
    tokio::select! {
        served = axum::serve(listener, service) => served,
        () = drain.cancelled() => Ok(()),
    }
}

#[derive(Debug, Default, Deserialize)]
struct ScriptPath {
    script: Option<String>,
    /// Gemini: model and method.
    call: Option<String>,
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

async fn generate_content(input: Input) -> Response {
    let call = input.1.call.as_deref().unwrap_or_default();
    if gemini::address(call).is_none() {
        return error_response(Wire::Gemini, StatusCode::NOT_FOUND, "unknown method");
    }
    respond(Wire::Gemini, input).await
}

async fn responses(input: Input) -> Response {
    respond(Wire::Responses, input).await
}

async fn respond(wire: Wire, input: Input) -> Response {
    let (State(model), Path(path), method, uri, headers, body) = input;
    model.count_request();
    let received = model.clock().now();
    let json: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if let Some(capture) = model.capture() {
        capture.record(&method, &uri, &headers, &json);
    }
    // Gemini names model and method in the path.
    let address = path.call.as_deref().and_then(gemini::address);
    let whole = match wire {
        Wire::Responses => model.ledger().conversation(&json),
        Wire::Anthropic | Wire::Chat | Wire::Gemini => Ok(Vec::new()),
    };
    let read = whole.and_then(|items| wire.read(&json, items, body.len()));
    let read = read.map(|mut conversation| {
        if let Some((model, stream)) = address {
            (conversation.model, conversation.stream) = (model.to_owned(), stream);
        }
        conversation
    });
    let accepted = read.and_then(|it| accept(&model, wire, &headers, &json, it));
    let conversation = match accepted {
        Ok(conversation) => conversation,
        Err(what) => {
            model.count_violation();
            return error_response(wire, StatusCode::BAD_REQUEST, &what);
        }
    };
    let selection = selection(&headers, path, &conversation);
    match model.answer(&conversation, &headers, &body, selection) {
        Ok((answer, fault)) => {
            if wire == Wire::Responses && fault.is_none() {
                let output = wire::responses::output(&answer, &conversation);
                let id = wire::responses::id(&answer);
                model.ledger().keep(id, &json, output);
            }
            let order = Order {
                wire,
                conversation: &conversation,
                answer,
                fault,
                received,
            };
            deliver(&model, order).await
        }
        Err(what) => error_response(wire, StatusCode::NOT_FOUND, &what),
    }
}

/// Refuses what a provider would refuse, where the checks are on.
fn accept(
    model: &ScriptedModel,
    wire: Wire,
    headers: &HeaderMap,
    json: &Value,
    mut conversation: Conversation,
) -> Result<Conversation, String> {
    conversation.beta = beta(headers);
    let (strict, attribution) = model.checks();
    if attribution
        && let Some(name) = ATTRIBUTION
            .iter()
            .find(|name| !headers.contains_key(**name))
    {
        return Err(format!("header {name} is missing"));
    }
    if strict {
        wire.check(json, &conversation, model.ledger())?;
        strict::check(&conversation)?;
    }
    model.note_prompt(headers, json);
    Ok(conversation)
}

/// The beta features that a request asks for, over all its headers of that name.
fn beta(headers: &HeaderMap) -> String {
    let named = headers.get_all("anthropic-beta").into_iter();
    let named: Vec<&str> = named.filter_map(|value| value.to_str().ok()).collect();
    named.join(",")
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

/// Gemini's list comes in pages; the token is the place where the next one begins.
async fn list_gemini_models(
    State(model): State<ScriptedModel>,
    Query(page): Query<Page>,
) -> Json<Value> {
    let scripts = model.options().scripts;
    let named = scripts
        .iter()
        .map(|script| format!("models/script:{}", script.name));
    let names = std::iter::once("models/scripted".to_owned()).chain(named);
    let names: Vec<String> = names.collect();
    let start = page.token.min(names.len());
    let end = start.saturating_add(page.size.max(1)).min(names.len());
    let entries = names.get(start..end).unwrap_or_default().iter();
    let entries: Vec<Value> = entries
        .map(|name| {
            json!({"name": name, "displayName": name, "inputTokenLimit": 1_048_576,
                   "supportedGenerationMethods": ["generateContent", "countTokens"]})
        })
        .collect();
    let mut body = json!({"models": entries});
    if end < names.len()
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("nextPageToken".into(), end.to_string().into());
    }
    Json(body)
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Page {
    #[serde(rename = "pageSize")]
    size: usize,
    #[serde(rename = "pageToken")]
    token: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { size: 50, token: 0 }
    }
}

async fn count_tokens(body: Bytes) -> Json<Value> {
    Json(json!({"input_tokens": body.len() / 4}))
}
