//! The calls of the agent's API: from a request to the workspace and back.

mod streams;

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use muster_agent_link::wire::{
    self, API_VERSION, AgentInfo, CloseNotice, Code, EffectsAck, EffectsAnswer, EffectsQuery,
    LogQuery, OutputQuery, ProcessList, ProcessSignal, ProcessStart, ReadFile, ReadFileLines,
    StoredAnswer, WriteFile,
};
use muster_base::{EffectId, limits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::Failure;
use crate::exec::Caller;
use crate::files::{list_directory, media_type, read_lines};
use crate::link::Signs;
use crate::workspace::{Tag, Workspace};

type Body = UnsyncBoxBody<Bytes, io::Error>;
type Answer = Result<Response<Body>, Failure>;

/// The API over one link.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) signs: Arc<Signs>,
}

impl Api {
    /// Answers one call; a failure becomes its status and body.
    pub(crate) async fn serve(self, request: Request<Incoming>) -> Response<Body> {
        self.signs.heard();
        let (parts, body) = request.into_parts();
        match self.route(&parts, body).await {
            Ok(response) => response,
            Err(failure) => {
                let path = parts.uri.path();
                tracing::debug!(path, code = ?failure.code, "call refused");
                stored(&failure.answer())
            }
        }
    }

    async fn route(&self, parts: &Parts, body: Incoming) -> Answer {
        let path = parts.uri.path().strip_prefix(wire::BASE);
        let segments: Vec<&str> = path.unwrap_or_default().split('/').skip(1).collect();
        match parts.method {
            Method::GET => self.get(parts, &segments).await,
            Method::POST => self.post(parts, &segments, body).await,
            _ => Err(no_such_call()),
        }
    }

    async fn get(&self, parts: &Parts, segments: &[&str]) -> Answer {
        match segments {
            ["ping"] => json(&serde_json::json!({})),
            ["info"] => json(&self.info()),
            ["context-config"] => self.context().await,
            ["read-file"] => self.read_file(parts).await,
            ["read-file-lines"] => self.read_file_lines(parts).await,
            ["process", "list"] => self.list(parts),
            ["process", id, "output"] => self.output(parts, id).await,
            ["process", id, "log"] => self.log(parts, id).await,
            ["git", "changes"] => self.git_changes().await,
            _ => Err(no_such_call()),
        }
    }

    async fn post(&self, parts: &Parts, segments: &[&str], body: Incoming) -> Answer {
        match segments {
            ["close"] => self.close(body).await,
            ["list-directory"] => self.list_directory(body).await,
            ["write-file"] => self.write_file(parts, body).await,
            ["edit-files"] => self.edit_files(parts, body).await,
            ["process", "start"] => self.start(parts, body).await,
            ["process", id, "signal"] => self.signal(parts, id, body).await,
            ["pty"] => self.pty(parts, body),
            ["git", "watch"] => self.git_watch(body),
            ["effects", "query"] => self.effects_query(body).await,
            ["effects", "ack"] => self.effects_ack(body).await,
            _ => Err(no_such_call()),
        }
    }

    fn info(&self) -> AgentInfo {
        AgentInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            api_version: API_VERSION.to_owned(),
            operating_system: std::env::consts::OS.to_owned(),
            architecture: crate::context::architecture().to_owned(),
            directory: self.workspace.directory.display().to_string(),
            effect_epoch: self.workspace.journal.epoch().to_owned(),
        }
    }

    async fn close(&self, body: Incoming) -> Answer {
        let notice: CloseNotice = body_json(body).await?;
        self.signs.closing(notice.code);
        json(&serde_json::json!({}))
    }

    async fn context(&self) -> Answer {
        let workspace = self.workspace.clone();
        json(&self.blocking(move || Ok(workspace.context())).await?)
    }

    /// File systems block; so they are met on threads that may.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let done = self.workspace.tasks.spawn_blocking(work).await;
        done.map_err(|_panicked| Failure::new(Code::Internal, "the call failed"))?
    }

    async fn read_file(&self, parts: &Parts) -> Answer {
        let query: ReadFile = query(parts)?;
        let media = media_type(query.path.as_ref());
        let workspace = self.workspace.clone();
        let path = query.path.clone();
        let file = self.blocking(move || workspace.place(&path)).await?;
        let failed = |error: io::Error| Failure::io(&query.path, &error);
        let mut file = tokio::fs::File::from_std(file);
        let size = file.metadata().await.map_err(failed)?.len();
        let offset = query.offset.unwrap_or(0).min(size);
        let length = query.limit.unwrap_or(u64::MAX).min(size - offset);
        file.seek(io::SeekFrom::Start(offset))
            .await
            .map_err(failed)?;
        let chunks = ReaderStream::with_capacity(file.take(length), limits::LINK_FRAME_BYTES_MAX);
        let body = StreamBody::new(chunks.map_ok(Frame::data)).boxed_unsync();
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        headers.insert(wire::HEADER_TOTAL, HeaderValue::from(size));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        Ok(response)
    }

    async fn read_file_lines(&self, parts: &Parts) -> Answer {
        let query: ReadFileLines = query(parts)?;
        let workspace = self.workspace.clone();
        let lines = self.blocking(move || {
            let file = workspace.place(&query.path)?;
            read_lines(file, &query).map_err(|error| Failure::io(&query.path, &error))
        });
        json(&lines.await?)
    }

    async fn list_directory(&self, body: Incoming) -> Answer {
        let call = body_json(body).await?;
        let workspace = self.workspace.clone();
        let listed =
            self.blocking(move || list_directory(&workspace.places, &workspace.home, &call));
        json(&listed.await?)
    }

    async fn write_file(&self, parts: &Parts, body: Incoming) -> Answer {
        let query: WriteFile = query(parts)?;
        let (tag, caller) = (tag(parts)?, caller(parts)?);
        let content = collect(body, limits::AGENT_WRITE_BYTES_MAX).await?;
        let path = PathBuf::from(query.path);
        let written = self.workspace.write_file(tag, caller, path, content).await;
        written.map(|answer| stored(&answer))
    }

    async fn edit_files(&self, parts: &Parts, body: Incoming) -> Answer {
        let (tag, caller) = (tag(parts)?, caller(parts)?);
        let call = body_json(body).await?;
        let edited = self.workspace.edit_files(tag, caller, call).await;
        edited.map(|answer| stored(&answer))
    }

    async fn start(&self, parts: &Parts, body: Incoming) -> Answer {
        let tag = tag(parts)?;
        let mut call: ProcessStart = body_json(body).await?;
        if call.id != tag.id {
            let message = "the process id must be the effect id of the call";
            return Err(Failure::bad(message));
        }
        // The headers name the caller; the body may leave it out.
        call.chat_id = call.chat_id.or(caller(parts)?.chat_id);
        json(&self.workspace.start_process(tag, call).await?)
    }

    fn list(&self, parts: &Parts) -> Answer {
        let processes = self.workspace.exec.list(&caller(parts)?);
        json(&ProcessList { processes })
    }

    async fn output(&self, parts: &Parts, id: &str) -> Answer {
        let query: OutputQuery = query(parts)?;
        let process = self.workspace.exec.find(process_id(id)?, &caller(parts)?)?;
        let longest = limits::EXECUTE_POLL;
        let wait = query
            .wait
            .then(|| query.wait_ms.map_or(longest, Duration::from_millis));
        if let Some(wait) = wait {
            process.ended_within(&self.workspace.clock, wait).await;
        }
        json(&self.blocking(move || process.output()).await?)
    }

    async fn log(&self, parts: &Parts, id: &str) -> Answer {
        let query: LogQuery = query(parts)?;
        let process = self.workspace.exec.find(process_id(id)?, &caller(parts)?)?;
        let (bytes, total) = self.blocking(move || process.log(query.offset)).await?;
        let mut response = Response::new(full(bytes.into()));
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        headers.insert(wire::HEADER_TOTAL, HeaderValue::from(total));
        Ok(response)
    }

    async fn signal(&self, parts: &Parts, id: &str, body: Incoming) -> Answer {
        let (tag, caller) = (tag(parts)?, caller(parts)?);
        let call: ProcessSignal = body_json(body).await?;
        let sent = self
            .workspace
            .signal(tag, caller, process_id(id)?, call.signal);
        sent.await.map(|answer| stored(&answer))
    }

    async fn effects_query(&self, body: Incoming) -> Answer {
        let call: EffectsQuery = body_json(body).await?;
        few(&call.ids)?;
        let journal = &self.workspace.journal;
        json(&EffectsAnswer {
            epoch: journal.epoch().to_owned(),
            effects: call.ids.into_iter().map(|id| journal.status(id)).collect(),
        })
    }

    async fn effects_ack(&self, body: Incoming) -> Answer {
        let call: EffectsAck = body_json(body).await?;
        few(&call.ids)?;
        let journal = self.workspace.journal.clone();
        self.blocking(move || Ok(journal.ack(&call.ids)?)).await?;
        json(&serde_json::json!({}))
    }
}

fn no_such_call() -> Failure {
    Failure::new(Code::NotFound, "there is no such call")
}

fn few(ids: &[EffectId]) -> Result<(), Failure> {
    if ids.len() > limits::EFFECT_IDS_MAX {
        let message = format!("ids must name at most {} effects", limits::EFFECT_IDS_MAX);
        return Err(Failure::bad(message));
    }
    Ok(())
}

fn process_id(text: &str) -> Result<EffectId, Failure> {
    text.parse()
        .map_err(|_not_an_id| Failure::bad("the process id is not an id"))
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}

/// The call's effect; every call that has one must carry it.
fn tag(parts: &Parts) -> Result<Tag, Failure> {
    let id = header(parts, wire::HEADER_EFFECT).and_then(|id| id.parse().ok());
    let hash = header(parts, wire::HEADER_EFFECT_HASH);
    match (id, hash) {
        (Some(id), Some(hash)) => Ok(Tag {
            id,
            hash: hash.to_owned(),
        }),
        (None, _) | (_, None) => Err(Failure::bad("the call needs an effect id and hash")),
    }
}

fn caller(parts: &Parts) -> Result<Caller, Failure> {
    let chat_id = match header(parts, wire::HEADER_CHAT) {
        // A wrong id must not read as "the server itself", which may see everything.
        Some(id) => Some(
            id.parse()
                .map_err(|_not_an_id| Failure::bad("the chat header is not an id"))?,
        ),
        None => None,
    };
    let ancestors = match header(parts, wire::HEADER_ANCESTORS) {
        Some(list) => serde_json::from_str(list)
            .map_err(|error| Failure::bad(format!("the ancestors header is wrong: {error}")))?,
        None => Vec::new(),
    };
    Ok(Caller { chat_id, ancestors })
}

fn query<T: DeserializeOwned>(parts: &Parts) -> Result<T, Failure> {
    serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
        .map_err(|error| Failure::bad(format!("the query is wrong: {error}")))
}

async fn collect(body: Incoming, max: usize) -> Result<Bytes, Failure> {
    match Limited::new(body, max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("the body is longer than {max} bytes");
            Err(Failure::new(Code::TooLarge, message))
        }
        Err(_broken_off) => Err(Failure::bad("the body broke off")),
    }
}

async fn body_json<T: DeserializeOwned>(body: Incoming) -> Result<T, Failure> {
    let bytes = collect(body, limits::AGENT_JSON_BYTES_MAX).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::bad(format!("the body is wrong: {error}")))
}

fn full(bytes: Bytes) -> Body {
    let never = |error: Infallible| match error {};
    Full::new(bytes).map_err(never).boxed_unsync()
}

fn json(value: &impl Serialize) -> Answer {
    let body = serde_json::to_value(value);
    let body = body.map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    Ok(stored(&StoredAnswer { status: 200, body }))
}

fn stored(answer: &StoredAnswer) -> Response<Body> {
    let mut response = Response::new(full(answer.body.to_string().into()));
    let status = StatusCode::from_u16(answer.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}
