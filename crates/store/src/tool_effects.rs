//! The effect ledger: what every local tool call is meant to do once, and how far it came.
//!
//! Rows are reserved in the commit of their message and moved on by the runner that owns the
//! chat; an owner that was replaced moves nothing.

use muster_base::{AgentId, ChatId, EffectId, MessageId, Micros};
use serde::Serialize;

use crate::chat_messages::{document, hex};
use crate::wire_enum::wire_enum;
use crate::{Error, Row, Statement, Tx, Value, params};

wire_enum! {
    /// How far an effect came.
    pub enum EffectState {
        /// Committed with its message, nothing sent.
        Reserved = "reserved",
        /// Written before the request leaves; after a crash the agent must be asked.
        Starting = "starting",
        /// The agent has acknowledged.
        Running = "running",
        /// The result is known.
        Exited = "exited",
        /// The process goes on in the background; its result was given to the model.
        Detached = "detached",
        /// Stopped before it started, or killed.
        Canceled = "canceled",
        /// The outcome can't be known.
        Unknown = "unknown",
    }
}

wire_enum! {
    /// Who makes the effect.
    pub enum EffectTarget {
        Agent = "agent",
        Server = "server",
        Mcp = "mcp",
    }
}

impl EffectState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Reserved | Self::Starting | Self::Running => false,
            Self::Exited | Self::Detached | Self::Canceled | Self::Unknown => true,
        }
    }
}

/// A row of `tool_effects`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub effect_id: EffectId,
    pub chat_id: ChatId,
    pub message_id: MessageId,
    pub tool_call_id: String,
    pub tool_name: String,
    /// SHA-256 of the canonical arguments.
    pub input_hash: String,
    pub target: EffectTarget,
    pub agent_id: Option<AgentId>,
    /// Which journal of that agent was asked.
    pub effect_epoch: Option<String>,
    pub process_id: Option<String>,
    pub state: EffectState,
    /// JSON text of the result.
    pub result: Option<String>,
    pub attempts: i64,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// Whose journal answers for an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    pub agent_id: AgentId,
    /// Random, made with the journal.
    pub epoch: String,
}

/// An effect that is to be reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEffect {
    pub effect_id: EffectId,
    pub tool_call_id: String,
    pub tool_name: String,
    pub input_hash: String,
    pub target: EffectTarget,
    pub agent_id: Option<AgentId>,
}

#[derive(Serialize)]
struct NewRow<'e> {
    effect_id: String,
    tool_call_id: &'e str,
    tool_name: &'e str,
    input_hash: &'e str,
    target: &'static str,
    agent_id: Option<String>,
    state: &'static str,
}

fn from_row(row: &Row) -> Result<Effect, Error> {
    let has_result = row.get::<Option<serde_json::Value>>("result")?.is_some();
    Ok(Effect {
        effect_id: row.get("effect_id")?,
        chat_id: row.get("chat_id")?,
        message_id: row.get("message_id")?,
        tool_call_id: row.get("tool_call_id")?,
        tool_name: row.get("tool_name")?,
        input_hash: row.get("input_hash")?,
        target: row.get("target")?,
        agent_id: row.get("agent_id")?,
        effect_epoch: row.get("effect_epoch")?,
        process_id: row.get("process_id")?,
        state: row.get("state")?,
        result: has_result.then(|| document(row, "result")).transpose()?,
        attempts: row.get("attempts")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Reserves the effects of one message.
///
/// # Errors
/// When the statement fails.
pub async fn reserve(
    tx: &mut Tx<'_>,
    chat: ChatId,
    message: MessageId,
    effects: &[NewEffect],
) -> Result<(), Error> {
    let rows: Vec<NewRow<'_>> = effects
        .iter()
        .map(|effect| NewRow {
            effect_id: hex(effect.effect_id),
            tool_call_id: &effect.tool_call_id,
            tool_name: &effect.tool_name,
            input_hash: &effect.input_hash,
            target: effect.target.as_str(),
            agent_id: effect.agent_id.map(hex),
            state: EffectState::Reserved.as_str(),
        })
        .collect();
    let now = tx.now();
    tx.execute(
        query!("tool_effects/insert_effects"),
        &params![Value::json(&rows)?, chat, message, now, now],
    )
    .await
    .map(drop)
}

async fn list(
    tx: &mut Tx<'_>,
    statement: &'static Statement,
    params: &[Value],
) -> Result<Vec<Effect>, Error> {
    let rows = tx.query(statement, params).await?;
    rows.iter().map(from_row).collect()
}

/// The effects of one message.
///
/// # Errors
/// When the statement fails.
pub async fn list_by_message(tx: &mut Tx<'_>, message: MessageId) -> Result<Vec<Effect>, Error> {
    list(
        tx,
        query!("tool_effects/list_by_message"),
        &params![message],
    )
    .await
}

/// The effects of a chat that are not settled, and those that go on in the background.
///
/// # Errors
/// When the statement fails.
pub async fn list_open(tx: &mut Tx<'_>, chat: ChatId) -> Result<Vec<Effect>, Error> {
    list(tx, query!("tool_effects/list_open"), &params![chat]).await
}

/// The unsettled effects of a message and of everything after it.
///
/// # Errors
/// When the statement fails.
pub async fn list_after(
    tx: &mut Tx<'_>,
    chat: ChatId,
    message: MessageId,
) -> Result<Vec<Effect>, Error> {
    list(
        tx,
        query!("tool_effects/list_after_message"),
        &params![chat, message],
    )
    .await
}

/// One effect.
///
/// # Errors
/// When the statement fails.
pub async fn get(tx: &mut Tx<'_>, effect: EffectId) -> Result<Option<Effect>, Error> {
    let row = tx
        .query_opt(query!("tool_effects/get_by_id"), &params![effect])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Marks effects as started; gives those that may start.
///
/// # Errors
/// When the statement fails.
pub async fn update_starting(
    tx: &mut Tx<'_>,
    chat: ChatId,
    effects: &[EffectId],
    journal: Option<&Journal>,
) -> Result<Vec<EffectId>, Error> {
    let ids = Value::ids(effects.iter().copied());
    let now = tx.now();
    let rows = tx
        .query(
            query!("tool_effects/update_starting"),
            &params![
                chat,
                ids,
                journal.map(|journal| journal.agent_id),
                now,
                journal.map(|journal| journal.epoch.clone())
            ],
        )
        .await?;
    rows.iter().map(|row| row.get("effect_id")).collect()
}

/// Marks an effect as acknowledged.
///
/// # Errors
/// When the statement fails.
pub async fn update_running(
    tx: &mut Tx<'_>,
    chat: ChatId,
    effect: EffectId,
    process_id: Option<&str>,
) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute(
        query!("tool_effects/update_running"),
        &params![chat, effect, process_id, now],
    )
    .await
}

/// Settles one effect with its result.
///
/// # Errors
/// When the statement fails.
pub async fn update_result(
    tx: &mut Tx<'_>,
    chat: ChatId,
    effect: EffectId,
    state: EffectState,
    result: Option<&str>,
    process_id: Option<&str>,
) -> Result<u64, Error> {
    let now = tx.now();
    let result = result.map_or(Value::Null, |text| Value::Json(text.to_owned()));
    tx.execute(
        query!("tool_effects/update_result"),
        &params![chat, effect, state, result, process_id, now],
    )
    .await
}

/// Settles several effects without their results.
///
/// # Errors
/// When the statement fails.
pub async fn update_states(
    tx: &mut Tx<'_>,
    chat: ChatId,
    effects: &[EffectId],
    state: EffectState,
) -> Result<u64, Error> {
    let ids = Value::ids(effects.iter().copied());
    let now = tx.now();
    tx.execute(
        query!("tool_effects/update_states"),
        &params![chat, ids, state, now],
    )
    .await
}

/// Sweeps what was settled before `before` in chats that do not run.
///
/// # Errors
/// When the statement fails.
pub async fn delete_settled(tx: &mut Tx<'_>, before: Micros) -> Result<u64, Error> {
    tx.execute(query!("tool_effects/delete_settled"), &params![before])
        .await
}
