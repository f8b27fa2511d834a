//! The effect ledger as the owner of a chat moves it on.
//!
//! Every write is fenced on the runner under the chat's row lock: an owner that was stopped and
//! replaced can neither start an effect nor settle one. The ledger is not execution state, so no
//! version moves and nobody is told.

use std::sync::Arc;

use muster_base::{ChatId, EffectId, Micros, RunnerId};
use muster_store::chats::{self, ChatStatus};
pub use muster_store::tool_effects::{Effect, EffectState, EffectTarget, Journal, NewEffect};
use muster_store::{BoxFuture, Tx, tool_effects};

use crate::content::{self, Part, ToolResult};
use crate::{Error, Machine};

/// What became of one effect.
#[derive(Clone, Debug)]
pub struct Settled {
    pub effect_id: EffectId,
    pub state: EffectState,
    result: Option<String>,
    pub process_id: Option<String>,
}

impl Settled {
    /// An effect that has its result, which answers the call even if its commit is lost.
    ///
    /// # Errors
    /// When the result has no JSON form.
    pub fn with_result(
        effect_id: EffectId,
        state: EffectState,
        result: ToolResult,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            effect_id,
            state,
            result: Some(content::encode(&[Part::ToolResult(result)])?),
            process_id: None,
        })
    }

    /// The same, from the stored form of the result.
    pub(crate) const fn with_stored(
        effect_id: EffectId,
        state: EffectState,
        result: String,
    ) -> Self {
        Self {
            effect_id,
            state,
            result: Some(result),
            process_id: None,
        }
    }

    /// An effect whose state is all that is known.
    #[must_use]
    pub const fn without_result(effect_id: EffectId, state: EffectState) -> Self {
        Self {
            effect_id,
            state,
            result: None,
            process_id: None,
        }
    }
}

/// The result that an effect left in the ledger.
///
/// # Errors
/// When it can't be read.
pub fn stored_result(effect: &Effect) -> Result<Option<ToolResult>, serde_json::Error> {
    let Some(text) = &effect.result else {
        return Ok(None);
    };
    let parts = content::decode(text)?;
    Ok(parts.into_iter().find_map(|part| {
        if let Part::ToolResult(result) = part {
            Some(result)
        } else {
            None
        }
    }))
}

impl Machine {
    /// Writes that requests are about to leave. Gives the effects that may start: those that
    /// were settled meanwhile are missing.
    ///
    /// # Errors
    /// [`Error::Stale`] when the runner does not own the chat or it does not run any more.
    pub async fn start_effects(
        &self,
        chat: ChatId,
        runner: RunnerId,
        effects: Vec<EffectId>,
        journal: Option<Journal>,
    ) -> Result<Vec<EffectId>, Error> {
        let asked = Arc::new((effects, journal));
        self.owned("effect.start", chat, runner, move |tx, status| {
            let asked = Arc::clone(&asked);
            Box::pin(async move {
                if status != ChatStatus::Running {
                    return Err(Error::Stale);
                }
                let (effects, journal) = &*asked;
                Ok(tool_effects::update_starting(tx, chat, effects, journal.as_ref()).await?)
            })
        })
        .await
    }

    /// Writes that the agent has acknowledged an effect.
    ///
    /// # Errors
    /// [`Error::Stale`] when the runner does not own the chat.
    pub async fn acknowledge_effect(
        &self,
        chat: ChatId,
        runner: RunnerId,
        effect: EffectId,
        process_id: Option<String>,
    ) -> Result<(), Error> {
        self.owned("effect.running", chat, runner, move |tx, _status| {
            let process_id = process_id.clone();
            Box::pin(async move {
                tool_effects::update_running(tx, chat, effect, process_id.as_deref()).await?;
                Ok(())
            })
        })
        .await
    }

    /// Writes what became of effects. What is settled already stays as it is.
    ///
    /// # Errors
    /// [`Error::Stale`] when the runner does not own the chat.
    pub async fn settle_effects(
        &self,
        chat: ChatId,
        runner: RunnerId,
        settled: Vec<Settled>,
    ) -> Result<(), Error> {
        let settled = Arc::new(settled);
        self.owned("effect.settle", chat, runner, move |tx, _status| {
            let settled = Arc::clone(&settled);
            Box::pin(async move {
                for one in settled.iter() {
                    let (result, process) = (one.result.as_deref(), one.process_id.as_deref());
                    tool_effects::update_result(
                        tx,
                        chat,
                        one.effect_id,
                        one.state,
                        result,
                        process,
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The effects of a chat that are not settled, and those that go on in the background.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_effects(&self, chat: ChatId) -> Result<Vec<Effect>, Error> {
        self.store
            .read("effect.open", move |tx| {
                Box::pin(async move { Ok(tool_effects::list_open(tx, chat).await?) })
            })
            .await
    }

    /// One effect.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get_effect(&self, effect: EffectId) -> Result<Option<Effect>, Error> {
        self.store
            .read("effect.get", move |tx| {
                Box::pin(async move { Ok(tool_effects::get(tx, effect).await?) })
            })
            .await
    }

    /// Sweeps ledger rows that were settled before `before` in chats that do not run.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep_effects(&self, before: Micros) -> Result<u64, Error> {
        self.store
            .write("effect.sweep", move |tx| {
                Box::pin(async move { Ok(tool_effects::delete_settled(tx, before).await?) })
            })
            .await
    }

    /// An op that only the present owner may run.
    async fn owned<T, F>(
        &self,
        op: &'static str,
        chat: ChatId,
        runner: RunnerId,
        f: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx<'_>, ChatStatus) -> BoxFuture<'t, Result<T, Error>>
            + Send
            + Sync
            + 'static,
    {
        let f = Arc::new(f);
        self.store
            .write(op, move |tx| {
                let f = Arc::clone(&f);
                Box::pin(async move {
                    let owner = chats::door::lock_owner(tx, chat).await?;
                    if owner.runner_id != Some(runner) {
                        return Err(Error::Stale);
                    }
                    f(tx, owner.status).await
                })
            })
            .await
    }
}
