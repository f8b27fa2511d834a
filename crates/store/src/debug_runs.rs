//! What model attempts of chats sent and received, for whoever looks for a fault.

mod settings;

use std::sync::Arc;

use muster_base::limits::DEBUG_RUNS_PER_CHAT_MAX;
use muster_base::{ChatId, DebugRunId, Micros, ModelConfigId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};
use serde::{Deserialize, Serialize};

pub use settings::{DebugLogging, DebugSettings, UserDebugLogging, is_on};

use crate::chat_messages::Usage;
use crate::chats::{self, Chat, LastError, optional_json};
use crate::wire_enum::wire_enum;
use crate::{Error, Row, Store, Tx, Value, params};

wire_enum! {
    /// What the model was asked for.
    pub enum RunPurpose {
        Chat = "chat",
        Compaction = "compaction",
        Title = "title",
        Push = "push",
    }
}

wire_enum! {
    /// How an attempt ended.
    pub enum RunStatus {
        Completed = "completed",
        Failed = "failed",
        /// Given up by us: interrupted, out of time, or the server ended.
        Cancelled = "cancelled",
    }
}

/// A body as it is kept: redacted and bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunBody {
    /// Where it was sent; empty for an answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    pub text: String,
    /// Something of it is missing.
    #[serde(default)]
    pub is_truncated: bool,
}

/// One model attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct DebugRun {
    pub id: DebugRunId,
    pub chat_id: ChatId,
    pub purpose: RunPurpose,
    pub provider: String,
    pub model: String,
    /// `None` for a model that nobody has configured.
    pub model_config_id: Option<ModelConfigId>,
    pub history_version: i64,
    /// 0 for what is asked beside the conversation.
    pub generation_attempt: i64,
    pub status: RunStatus,
    pub error: Option<LastError>,
    pub usage: Usage,
    pub status_code: Option<i64>,
    pub started_at: Micros,
    pub finished_at: Micros,
}

/// An attempt with what went over the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct DebugRunDetail {
    pub run: DebugRun,
    pub request: RunBody,
    pub response: RunBody,
}

fn from_row(row: &Row) -> Result<DebugRun, Error> {
    Ok(DebugRun {
        id: row.get("id")?,
        chat_id: row.get("chat_id")?,
        purpose: row.get("purpose")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        model_config_id: row.get("model_config_id")?,
        history_version: row.get("history_version")?,
        generation_attempt: row.get("generation_attempt")?,
        status: row.get("status")?,
        error: optional_json(row, "error")?,
        usage: row.json("usage")?,
        status_code: row.get("status_code")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
    })
}

/// Keeps an attempt; the oldest of its chat makes room.
///
/// # Errors
/// `Reference` for a chat that is gone, or a failing database.
pub async fn insert(tx: &mut Tx<'_>, detail: &DebugRunDetail) -> Result<(), Error> {
    let run = &detail.run;
    let error = run.error.as_ref();
    let values = params![
        run.id,
        run.chat_id,
        run.purpose,
        run.provider.clone(),
        run.model.clone(),
        run.model_config_id,
        run.history_version,
        run.generation_attempt,
        run.status,
        error.map_or(Ok(Value::Null), Value::json)?,
        Value::json(&run.usage)?,
        run.status_code,
        run.started_at,
        run.finished_at,
        Value::json(&without_nul(&detail.request))?,
        Value::json(&without_nul(&detail.response))?
    ];
    tx.execute(query!("chat_debug_runs/insert_run"), &values)
        .await?;
    let values = params![run.chat_id, DEBUG_RUNS_PER_CHAT_MAX];
    tx.execute(query!("chat_debug_runs/delete_surplus"), &values)
        .await
        .map(drop)
}

/// PostgreSQL keeps no U+0000 in a text.
fn without_nul(body: &RunBody) -> RunBody {
    RunBody {
        text: body.text.replace('\0', "\u{fffd}"),
        ..body.clone()
    }
}

/// A chat whose attempts the actor may see. Whoever a chat was merely shared with may not: an
/// attempt holds the whole prompt.
async fn of_chat(tx: &mut Tx<'_>, actor: &Actor, chat: ChatId) -> Result<Chat, Error> {
    chats::get_for(tx, actor, Action::Update, chat).await
}

impl Store {
    /// Keeps an attempt, for the worker.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn insert_debug_run(
        &self,
        actor: &Actor,
        detail: DebugRunDetail,
    ) -> Result<(), Error> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::Chat))?;
        let detail = Arc::new(detail);
        self.write("debug_run.insert", move |tx| {
            let detail = Arc::clone(&detail);
            Box::pin(async move { insert(tx, &detail).await })
        })
        .await
    }

    /// The attempts of a chat, the newest first.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn list_debug_runs(
        &self,
        actor: &Actor,
        chat: ChatId,
    ) -> Result<Vec<DebugRun>, Error> {
        let actor = actor.clone();
        self.read("debug_run.list", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                of_chat(tx, &actor, chat).await?;
                let statement = query!("chat_debug_runs/list_by_chat");
                let values = params![chat, DEBUG_RUNS_PER_CHAT_MAX];
                let rows = tx.query(statement, &values).await?;
                rows.iter().map(from_row).collect()
            })
        })
        .await
    }

    /// One attempt of a chat, whole.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_debug_run(
        &self,
        actor: &Actor,
        chat: ChatId,
        id: DebugRunId,
    ) -> Result<DebugRunDetail, Error> {
        let actor = actor.clone();
        self.read("debug_run.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                of_chat(tx, &actor, chat).await?;
                let statement = query!("chat_debug_runs/get_by_id");
                let row = tx.query_opt(statement, &params![chat, id]).await?;
                let row = row.ok_or(Error::NotFound { what: "debug run" })?;
                Ok(DebugRunDetail {
                    run: from_row(&row)?,
                    request: row.json("request")?,
                    response: row.json("response")?,
                })
            })
        })
        .await
    }

    /// Forgets what is older than the deployment keeps it, and says how much that was.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn purge_debug_runs(&self, actor: &Actor) -> Result<u64, Error> {
        authorize(actor, Action::Delete, &Object::of(ResourceKind::Chat))?;
        self.write("debug_run.purge", |tx| {
            Box::pin(async move {
                let Some(keep) = settings::retention(tx).await? else {
                    return Ok(0);
                };
                let before = tx.now() - keep;
                tx.execute(query!("chat_debug_runs/delete_older"), &params![before])
                    .await
            })
        })
        .await
    }
}
