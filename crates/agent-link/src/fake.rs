//! An agent that answers from a closure, for the tests of the crates above.

mod stream;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use muster_base::{AgentId, ConnectionId, EffectId, TaskSet, in_time};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::session::{Body, boxed};
use crate::wire::{self, API_VERSION, AgentInfo, CloseNotice, Code, ErrorBody};
use crate::{ByteStream, Closed, Registry, answer};
pub use stream::FakeStream;

/// Bytes in flight between the two ends.
const PIPE_BYTES: usize = 256 * 1024;

/// A call as the agent received it.
#[derive(Clone, Debug)]
pub struct FakeCall {
    /// `GET` or `POST`.
    pub method: Method,
    /// Below the API's base, for example `process/start`.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// Chat, ancestors, effect.
    pub headers: HeaderMap,
    /// The whole body; empty on a call that stays open.
    pub body: Bytes,
    /// Both directions of a call that stays open.
    pub stream: Option<FakeStream>,
}

/// Calls that stay open.
const STREAMS: [&str; 2] = ["pty", "git/watch"];

impl FakeCall {
    /// The effect that the call carries.
    #[must_use]
    pub fn effect_id(&self) -> Option<EffectId> {
        let value = self.headers.get(wire::HEADER_EFFECT)?;
        value.to_str().ok()?.parse().ok()
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// What the fake answers.
#[derive(Clone, Debug)]
pub struct FakeAnswer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Bytes,
    /// The content type, where somebody reads it.
    pub media_type: &'static str,
}

impl FakeAnswer {
    /// The bytes of a file.
    #[must_use]
    pub fn file(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: 200,
            body: body.into(),
            media_type,
        }
    }

    /// A success with a JSON body.
    #[must_use]
    pub fn json(body: &impl serde::Serialize) -> Self {
        Self {
            status: 200,
            body: serde_json::to_vec(body).unwrap_or_default().into(),
            media_type: "application/json",
        }
    }

    /// A refusal.
    #[must_use]
    pub fn refused(code: Code, message: &str) -> Self {
        let body = ErrorBody {
            message: message.to_owned(),
            code,
        };
        Self {
            status: code.status(),
            ..Self::json(&body)
        }
    }
}

/// Answers one call; may wait as long as it likes.
pub type Handler = Arc<dyn Fn(FakeCall) -> BoxFuture<'static, FakeAnswer> + Send + Sync>;

/// A connected fake agent. Dropping it breaks the link.
pub struct FakeAgent {
    shared: Arc<Shared>,
    connection_id: ConnectionId,
    dead: CancellationToken,
}

struct Shared {
    handler: Handler,
    calls: Mutex<Vec<FakeCall>>,
    closed: Mutex<Option<wire::CloseCode>>,
    stopped: AtomicBool,
    tasks: TaskSet,
}

impl FakeAgent {
    /// Connects to `registry` and returns when the link is entered.
    ///
    /// # Panics
    /// When it is not for a whole minute of real time: then it will not be.
    pub async fn connect(
        registry: &Registry,
        agent_id: AgentId,
        tasks: &TaskSet,
        handler: Handler,
    ) -> Self {
        let connection_id = ConnectionId::new(registry.clock());
        let shared = Arc::new(Shared {
            handler,
            calls: Mutex::default(),
            closed: Mutex::default(),
            stopped: AtomicBool::new(false),
            tasks: tasks.clone(),
        });
        let dead = CancellationToken::new();
        let (near, far) = tokio::io::duplex(PIPE_BYTES);
        let answers = shared.clone();
        let ours = (tasks.clone(), dead.clone());
        tasks.spawn("fake.agent", async move {
            let service = move |request| answers.clone().serve(request);
            // Either end may go first; a fake has nothing to say about it.
            drop(answer(ByteStream::new(far), service, &ours.0, ours.1).await);
        });
        let serving = registry.clone();
        let drain = tasks.drain().clone();
        tasks.spawn("fake.link", async move {
            let stream = ByteStream::new(near);
            let _reason: Closed = serving.serve(agent_id, connection_id, stream, drain).await;
        });
        let entered = async {
            let mut older = None;
            loop {
                let client = registry.wait_client(agent_id, older).await;
                if client.connection_id() == connection_id {
                    break;
                }
                // The older link is still entered; the newer one follows.
                older = Some(client.connection_id());
            }
        };
        in_time(entered).await;
        Self {
            shared,
            connection_id,
            dead,
        }
    }

    /// The connection that the registry knows it by.
    #[must_use]
    pub const fn connection_id(&self) -> ConnectionId {
        self.connection_id
    }

    /// Every call so far, without pings, introductions and farewells.
    #[must_use]
    pub fn calls(&self) -> Vec<FakeCall> {
        self.shared.calls.lock().clone()
    }

    /// The code of the server's farewell, if it came.
    #[must_use]
    pub fn closed(&self) -> Option<wire::CloseCode> {
        *self.shared.closed.lock()
    }

    /// Keeps the link open but answers no ping any more, as a frozen process would.
    pub fn stop_answering(&self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
    }

    /// Breaks the link, as a dying process would.
    pub fn break_link(&self) {
        self.dead.cancel();
    }
}

impl Drop for FakeAgent {
    fn drop(&mut self) {
        self.dead.cancel();
    }
}

impl fmt::Debug for FakeAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeAgent({})", self.connection_id)
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let prefix = format!("{}/", wire::BASE);
        let path = parts.uri.path();
        let mut call = FakeCall {
            method: parts.method,
            path: path.strip_prefix(&prefix).unwrap_or(path).to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: Bytes::new(),
            stream: None,
        };
        let mut outgoing = None;
        if STREAMS.contains(&call.path.as_str()) {
            let opened = stream::open(body, &self.tasks);
            call.stream = Some(opened.0);
            outgoing = Some(opened.1);
        } else {
            let body = body.collect().await;
            let body = body.map(http_body_util::Collected::to_bytes);
            call.body = body.unwrap_or_default();
        }
        let answer = match call.path.as_str() {
            "ping" if self.stopped.load(Ordering::Relaxed) => std::future::pending().await,
            "ping" => FakeAnswer::json(&serde_json::json!({})),
            "info" => FakeAnswer::json(&fake_info()),
            "close" => {
                let notice: Option<CloseNotice> = serde_json::from_slice(&call.body).ok();
                *self.closed.lock() = notice.map(|notice| notice.code);
                FakeAnswer::json(&serde_json::json!({}))
            }
            _ => {
                // A kept clone of the stream would keep the answer from ending.
                let kept = FakeCall {
                    stream: None,
                    ..call.clone()
                };
                self.calls.lock().push(kept);
                (self.handler)(call).await
            }
        };
        let is_success = (200..300).contains(&answer.status);
        let streamed = outgoing.filter(|_| is_success);
        let streamed = streamed.and_then(|outgoing| stream::body(&outgoing));
        let body = streamed.unwrap_or_else(|| boxed(Full::new(answer.body)));
        let mut response = Response::new(body);
        *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or_default();
        let media_type = http::HeaderValue::from_static(answer.media_type);
        response
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, media_type);
        response
    }
}

fn fake_info() -> AgentInfo {
    AgentInfo {
        version: "0.0.0".to_owned(),
        api_version: API_VERSION.to_owned(),
        operating_system: "linux".to_owned(),
        architecture: "amd64".to_owned(),
        directory: "/home/agent".to_owned(),
        effect_epoch: "fake".to_owned(),
    }
}
