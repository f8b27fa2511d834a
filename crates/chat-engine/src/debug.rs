//! Keeps what model attempts sent and received, where somebody wants that.
//!
//! An attempt is kept when it has ended, whatever ended it, and beside everything else: a
//! database that fails to keep one costs the turn nothing.

use std::sync::Arc;

use muster_base::{DebugRunId, ModelConfigId};
use muster_llm::{Exchange, Failure, ProviderKind, Request, Tap, Usage};
use muster_store::chats::Chat;
use muster_store::debug_runs::{DebugRun, DebugRunDetail, RunBody, RunPurpose, RunStatus};
use parking_lot::Mutex;

use crate::model::usage_row;
use crate::retry;
use crate::shared::Shared;
use crate::turn::worker;

/// Which model is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) purpose: RunPurpose,
    pub(crate) provider: ProviderKind,
    pub(crate) config_id: Option<ModelConfigId>,
    pub(crate) attempt: i64,
    pub(crate) chat: &'a Chat,
}

/// An attempt that is kept once this is dropped. Nothing where nobody wants that.
#[must_use = "dropping it ends the attempt"]
pub(crate) struct Watched(Option<Box<Kept>>);

struct Kept {
    shared: Arc<Shared>,
    run: DebugRun,
    exchange: Arc<Mutex<Exchange>>,
}

/// Listens to a request's attempt, if the chat's owner or the deployment wants it kept.
pub(crate) async fn watch(
    shared: &Arc<Shared>,
    asked: Asked<'_>,
    request: &mut Request,
) -> Watched {
    let is_on = shared.config.keeps_attempts(asked.chat.owner_id).await;
    // What can't be read is off: it must cost nobody a turn.
    if !is_on.is_ok_and(|is_on| *is_on) {
        return Watched(None);
    }
    let exchange = Arc::new(Mutex::new(Exchange::default()));
    let heard = Arc::clone(&exchange);
    request.tap = Some(Tap::new(move |exchange| *heard.lock() = exchange));
    let now = shared.clock.now();
    let run = DebugRun {
        id: DebugRunId::new(&shared.clock),
        chat_id: asked.chat.id,
        purpose: asked.purpose,
        provider: asked.provider.as_str().to_owned(),
        model: request.model.clone(),
        model_config_id: asked.config_id,
        history_version: asked.chat.history_version,
        generation_attempt: asked.attempt,
        status: RunStatus::Cancelled,
        error: None,
        usage: muster_store::chat_messages::Usage::default(),
        status_code: None,
        started_at: now,
        finished_at: now,
    };
    Watched(Some(Box::new(Kept {
        shared: Arc::clone(shared),
        run,
        exchange,
    })))
}

impl Watched {
    /// The attempt has ended by itself.
    pub(crate) fn ended(&mut self, outcome: Result<&Usage, &Failure>) {
        let Some(kept) = &mut self.0 else { return };
        let run = &mut kept.run;
        let usage = match outcome {
            Ok(usage) => {
                run.status = RunStatus::Completed;
                Some(usage)
            }
            Err(failure) => {
                run.status = RunStatus::Failed;
                run.error = Some(retry::last_error(failure));
                failure.usage.as_deref()
            }
        };
        run.usage = usage.map(usage_row).unwrap_or_default();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let Some(kept) = self.0.take() else { return };
        let Kept {
            shared,
            mut run,
            exchange,
        } = *kept;
        run.finished_at = shared.clock.now();
        let own = Arc::clone(&shared);
        // Not before the attempt itself is dropped, which is what tells of it.
        shared.tasks.spawn("chat.debug_run", async move {
            let exchange = std::mem::take(&mut *exchange.lock());
            run.status_code = exchange.status.map(i64::from);
            let detail = detail(run, exchange);
            let chat = detail.run.chat_id;
            if let Err(error) = own.store.insert_debug_run(&worker(), detail).await {
                tracing::warn!(
                    chat.id = %chat,
                    error = &error as &dyn std::error::Error,
                    "an attempt was not kept"
                );
            }
        });
    }
}

fn detail(run: DebugRun, exchange: Exchange) -> DebugRunDetail {
    let Exchange {
        url,
        request,
        status: _,
        response,
    } = exchange;
    DebugRunDetail {
        run,
        request: RunBody {
            url,
            text: request.text,
            is_truncated: request.is_truncated,
        },
        response: RunBody {
            url: String::new(),
            text: response.text,
            is_truncated: response.is_truncated,
        },
    }
}
