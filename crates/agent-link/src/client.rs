//! Typed calls to one agent.

mod call;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Response, StatusCode};
use muster_base::{AgentId, ConnectionId, EffectId, limits};
use serde::de::DeserializeOwned;

use call::{Call, with_query};
pub use call::{CallContext, EffectTag};
pub use streams::{GitOutput, PtyOutput, StreamInput};

use crate::session::Link;
use crate::wire::{self, Code, ErrorBody};
use crate::{Error, Registry};

/// Raw content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// MIME type by the file's extension.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A piece of a process's raw output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChunk {
    /// The bytes from the asked offset on.
    pub bytes: Bytes,
    /// Bytes the process has written so far, dropped ones included.
    pub total_bytes: u64,
}

/// A handle to one agent over its present link; a cheap clone.
///
/// When the link dies under a call that reads, or that carries an effect id, the call is sent
/// once more over the agent's next link, if one comes within the deadline.
#[derive(Clone, Debug)]
pub struct AgentClient {
    registry: Registry,
    link: Arc<Link>,
}

impl AgentClient {
    pub(crate) const fn over(registry: Registry, link: Arc<Link>) -> Self {
        Self { registry, link }
    }

    /// The agent.
    #[must_use]
    pub fn agent_id(&self) -> AgentId {
        self.link.agent_id
    }

    /// The connection that this handle started with.
    #[must_use]
    pub fn connection_id(&self) -> ConnectionId {
        self.link.connection_id
    }

    /// Which journal the agent keeps. Another one does not know the effects of this one.
    #[must_use]
    pub fn effect_epoch(&self) -> &str {
        self.link.epoch.get().map_or("", String::as_str)
    }

    /// Whether the link has not died.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.link.dead.is_cancelled()
    }

    async fn send(&self, context: &CallContext, call: &Call) -> Result<Response<Bytes>, Error> {
        let clock = self.registry.clock();
        let watch = clock.stopwatch();
        let request = call.whole(context)?;
        let first = self
            .link
            .call(clock, call.name, context.deadline, request)
            .await;
        let repeatable = call.reads || context.effect.is_some();
        let answer = match first {
            Err(Error::AgentDisconnected) if repeatable => {
                let left = context.deadline.saturating_sub(watch.elapsed());
                let next = self
                    .registry
                    .next_client(self.agent_id(), self.connection_id(), left);
                let next = next.await?;
                if context.effect.is_some() && next.effect_epoch() != self.effect_epoch() {
                    // That journal would begin anew what this one may have done.
                    return Err(Error::AgentDisconnected);
                }
                let left = context.deadline.saturating_sub(watch.elapsed());
                let request = call.whole(context)?;
                next.link.call(clock, call.name, left, request).await?
            }
            first => first?,
        };
        accepted(answer)
    }

    async fn json<T: DeserializeOwned>(
        &self,
        context: &CallContext,
        call: Call,
    ) -> Result<T, Error> {
        let answer = self.send(context, &call).await?;
        serde_json::from_slice(answer.body()).map_err(|source| Error::Unreadable {
            call: call.name,
            source,
        })
    }

    /// What the agent says about itself.
    ///
    /// # Errors
    /// [`Error`], as of every call here.
    pub async fn info(&self, context: &CallContext) -> Result<wire::AgentInfo, Error> {
        // On this very link: the registry asks before the link is entered.
        let call = Call::get("info", "info".to_owned());
        let clock = self.registry.clock();
        let request = call.whole(context)?;
        let answer = self
            .link
            .call(clock, call.name, context.deadline, request)
            .await?;
        let answer = accepted(answer)?;
        serde_json::from_slice(answer.body()).map_err(|source| Error::Unreadable {
            call: call.name,
            source,
        })
    }

    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.once(
            Call::get("ping", "ping".to_owned()),
            limits::LINK_PING_LIMIT,
        )
        .await
    }

    /// Tells the agent why its link ends; best effort.
    pub(crate) async fn farewell(&self, code: wire::CloseCode) {
        let Ok(call) = Call::post("close", "close".to_owned(), &wire::CloseNotice { code }) else {
            return;
        };
        if let Err(error) = self.once(call, limits::LINK_FAREWELL_LIMIT).await {
            tracing::debug!(error = %error, "farewell was not heard");
        }
    }

    /// One try on this link and no other.
    async fn once(&self, call: Call, deadline: Duration) -> Result<(), Error> {
        let request = call.whole(&CallContext::default())?;
        let clock = self.registry.clock();
        let answer = self.link.call(clock, call.name, deadline, request).await?;
        accepted(answer).map(drop)
    }

    /// Numbered lines of a text file.
    ///
    /// # Errors
    /// [`Error`]; a call over budget is no error but `success: false`.
    pub async fn read_file_lines(
        &self,
        context: &CallContext,
        query: &wire::ReadFileLines,
    ) -> Result<wire::FileLines, Error> {
        let target = with_query("read-file-lines", query);
        self.json(context, Call::get("read-file-lines", target))
            .await
    }

    /// Raw bytes of a file.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn read_file(
        &self,
        context: &CallContext,
        query: &wire::ReadFile,
    ) -> Result<FileContent, Error> {
        let call = Call::get("read-file", with_query("read-file", query));
        let answer = self.send(context, &call).await?;
        Ok(FileContent {
            media_type: header(answer.headers(), CONTENT_TYPE.as_str()),
            bytes: answer.into_body(),
        })
    }

    /// Writes a whole file; needs an effect.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn write_file(
        &self,
        context: &CallContext,
        path: &str,
        content: Bytes,
    ) -> Result<wire::WrittenFile, Error> {
        let query = wire::WriteFile {
            path: path.to_owned(),
        };
        let call = Call {
            name: "write-file",
            method: Method::POST,
            target: with_query("write-file", &query),
            content_type: "application/octet-stream",
            body: content,
            reads: false,
        };
        self.json(context, call).await
    }

    /// Replaces texts in files; needs an effect.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn edit_files(
        &self,
        context: &CallContext,
        body: &wire::EditFiles,
    ) -> Result<wire::EditedFiles, Error> {
        let call = Call::post("edit-files", "edit-files".to_owned(), body)?;
        self.json(context, call).await
    }

    /// The entries of a directory.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_directory(
        &self,
        context: &CallContext,
        body: &wire::ListDirectory,
    ) -> Result<wire::Directory, Error> {
        let call = Call::post("list-directory", "list-directory".to_owned(), body)?;
        self.json(context, call.repeatable()).await
    }

    /// Starts a command; needs an effect whose id is the process's id.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start_process(
        &self,
        context: &CallContext,
        body: &wire::ProcessStart,
    ) -> Result<wire::ProcessStarted, Error> {
        let call = Call::post("process/start", "process/start".to_owned(), body)?;
        self.json(context, call).await
    }

    /// The output so far; with `wait`, blocks for at most that long until the process exits.
    /// The call's deadline is the context's on top of the wait.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn process_output(
        &self,
        context: &CallContext,
        id: EffectId,
        wait: Option<Duration>,
    ) -> Result<wire::ProcessOutput, Error> {
        let query = wire::OutputQuery {
            wait: wait.is_some(),
            wait_ms: wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        };
        let deadline = context.deadline.saturating_add(wait.unwrap_or_default());
        let context = context.clone().with_deadline(deadline);
        let target = with_query(&format!("process/{id}/output"), &query);
        self.json(&context, Call::get("process/output", target))
            .await
    }

    /// Raw output from a byte on, as far as it was kept.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn process_log(
        &self,
        context: &CallContext,
        id: EffectId,
        offset: u64,
    ) -> Result<LogChunk, Error> {
        let target = with_query(&format!("process/{id}/log"), &wire::LogQuery { offset });
        let answer = self
            .send(context, &Call::get("process/log", target))
            .await?;
        let total = header(answer.headers(), wire::HEADER_TOTAL);
        Ok(LogChunk {
            total_bytes: total.parse().unwrap_or_default(),
            bytes: answer.into_body(),
        })
    }

    /// Processes of the calling chat and its ancestors.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn process_list(&self, context: &CallContext) -> Result<wire::ProcessList, Error> {
        self.json(
            context,
            Call::get("process/list", "process/list".to_owned()),
        )
        .await
    }

    /// Signals a process group; needs an effect.
    ///
    /// # Errors
    /// [`Error`]; [`Code::Conflict`] when the process has already exited.
    pub async fn signal(
        &self,
        context: &CallContext,
        id: EffectId,
        signal: wire::Signal,
    ) -> Result<wire::SignalDone, Error> {
        let target = format!("process/{id}/signal");
        let body = wire::ProcessSignal { signal };
        self.json(context, Call::post("process/signal", target, &body)?)
            .await
    }

    /// What became of effects.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn effects_query(
        &self,
        context: &CallContext,
        ids: Vec<EffectId>,
    ) -> Result<wire::EffectsAnswer, Error> {
        let target = "effects/query".to_owned();
        let call = Call::post("effects/query", target, &wire::EffectsQuery { ids })?;
        self.json(context, call.repeatable()).await
    }

    /// Lets the journal forget results that the server holds.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn effects_ack(
        &self,
        context: &CallContext,
        ids: Vec<EffectId>,
    ) -> Result<(), Error> {
        let target = "effects/ack".to_owned();
        let call = Call::post("effects/ack", target, &wire::EffectsAck { ids })?;
        self.send(context, &call.repeatable()).await.map(drop)
    }

    /// What the workspace tells the model about itself.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn context_config(
        &self,
        context: &CallContext,
    ) -> Result<wire::ContextConfig, Error> {
        self.json(
            context,
            Call::get("context-config", "context-config".to_owned()),
        )
        .await
    }
}

fn header(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// An answer that is a success, or what the agent said instead.
fn accepted(answer: Response<Bytes>) -> Result<Response<Bytes>, Error> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    let body = serde_json::from_slice(answer.body()).unwrap_or_else(|_| ErrorBody {
        message: format!(
            "the workspace agent answered with status {}",
            answer.status()
        ),
        code: code_of(answer.status()),
    });
    Err(Error::Refused { body })
}

const fn code_of(status: StatusCode) -> Code {
    match status.as_u16() {
        403 => Code::Forbidden,
        404 => Code::NotFound,
        409 => Code::Conflict,
        413 => Code::TooLarge,
        400..500 => Code::BadRequest,
        _ => Code::Internal,
    }
}
