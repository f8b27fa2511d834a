//! An answer on its way: whole or streamed, with its pace and its fault.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use futures_util::{StreamExt, stream};
use muster_base::Micros;

use super::error_response;
use crate::answer::Answer;
use crate::chunks::Piece;
use crate::conversation::Conversation;
use crate::faults::{Fault, FaultKind, Malformed, Stall};
use crate::model::ScriptedModel;
use crate::stamps::Stamps;
use crate::wire::Wire;

/// An answer and how it is wanted.
pub(super) struct Order<'a> {
    pub(super) wire: Wire,
    pub(super) conversation: &'a Conversation,
    pub(super) answer: Answer,
    pub(super) fault: Option<Fault>,
    pub(super) received: Micros,
}

pub(super) async fn deliver(model: &ScriptedModel, order: Order<'_>) -> Response {
    match order.fault.as_ref().map(|fault| &fault.kind) {
        Some(FaultKind::Status {
            status,
            retry_after,
            headers,
            body,
        }) => {
            let text = body.as_deref().unwrap_or("scripted fault");
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            let mut response = error_response(order.wire, status, text);
            let named = headers.iter().filter_map(|(name, value)| {
                Some((
                    name.parse::<HeaderName>().ok()?,
                    value.parse::<HeaderValue>().ok()?,
                ))
            });
            response.headers_mut().extend(named.collect::<HeaderMap>());
            if let Some(seconds) = retry_after {
                let seconds = HeaderValue::from(*seconds);
                response.headers_mut().insert(RETRY_AFTER, seconds);
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
    if order.conversation.stream {
        return streamed(model, order);
    }
    whole(model, order).await
}

fn streamed(model: &ScriptedModel, order: Order<'_>) -> Response {
    let Order {
        wire,
        conversation,
        answer,
        fault,
        received,
    } = order;
    let stamps = model.has_stamps().then(|| Stamps::new(received));
    let pieces = model.pieces(wire, answer, conversation, fault.as_ref());
    let state = Sending {
        model: model.clone(),
        pieces,
        next: 0,
        stamps,
    };
    let body = stream::unfold(state, async |mut state| {
        let item = state.next().await?;
        Some((item, state))
    });
    let kind = [(CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    (kind, Body::from_stream(body)).into_response()
}

/// A stream that is being sent. The pieces are shared with every equal answer.
struct Sending {
    model: ScriptedModel,
    pieces: Arc<[Piece]>,
    next: usize,
    stamps: Option<Stamps>,
}

impl Sending {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            let piece = self.pieces.get(self.next)?;
            self.next += 1;
            match piece {
                Piece::Bytes(bytes) => {
                    let bytes = match &self.stamps {
                        Some(stamps) => stamps.fill(bytes.clone(), self.model.clock().now()),
                        None => bytes.clone(),
                    };
                    return Some(Ok(bytes));
                }
                Piece::Wait(time) if time.is_zero() => tokio::task::yield_now().await,
                Piece::Wait(time) => self.model.clock().timer("scripted.pace", *time).await,
                Piece::Forever => std::future::pending().await,
                Piece::Drop => return Some(Err(cut())),
            }
        }
    }
}

fn cut() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

/// The answer as one document, broken as its fault says.
async fn whole(model: &ScriptedModel, order: Order<'_>) -> Response {
    let Order {
        wire,
        conversation,
        answer,
        fault,
        received,
    } = order;
    let first = Duration::from_millis(answer.pace.first_ms);
    if !first.is_zero() {
        model.clock().timer("scripted.pace", first).await;
    }
    let body = wire.whole(&answer, conversation).to_string();
    let body = match model.has_stamps() {
        true => Stamps::new(received).fill(body.into(), model.clock().now()),
        false => Bytes::from(body),
    };
    let half = body.slice(..body.len() / 2);
    let body = match fault.map(|fault| fault.kind) {
        Some(FaultKind::Stall {
            place: Stall::First | Stall::Mid,
            pause,
        }) => {
            match pause {
                Some(pause) => model.clock().timer("scripted.stall", pause).await,
                None => std::future::pending().await,
            }
            body.into()
        }
        Some(FaultKind::Cut) => {
            let end = stream::once(async {
                // What was sent so far leaves the socket's buffer first.
                tokio::task::yield_now().await;
                Err(cut())
            });
            Body::from_stream(stream::iter([Ok(half)]).chain(end))
        }
        Some(FaultKind::EndEarly | FaultKind::Malformed(Malformed::Json)) => half.into(),
        Some(FaultKind::Oversize(bytes)) => "x".repeat(bytes).into(),
        Some(FaultKind::StreamError(kind)) => {
            let error = wire.error(500, &format!("scripted error: {kind}"));
            return (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response();
        }
        Some(_) | None => body.into(),
    };
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
