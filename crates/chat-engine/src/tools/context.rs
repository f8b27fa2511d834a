//! What one call may use: the turn's agent, its effect, the preview.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use muster_agent_link::wire::{Code, EffectState as Journal};
use muster_agent_link::{self as agent, AgentClient, EffectTag};
use muster_base::limits::EFFECT_QUERY_LIMIT;
use muster_base::{AgentId, ChatId, Clock, Micros, RunnerId};
use muster_chat_state::effects::EffectState;
use muster_workspaces::ConnectError;

use super::Output;
use super::output::UNKNOWN_TEXT;
use crate::binding::TurnBinding;
use crate::parts::{Episode, LivePart};
use crate::slots::Held;

/// Said when the workspace stays away while an effect of it is under way.
const UNREACHABLE_TEXT: &str = "The workspace can't be reached, so the outcome of this call is \
     not known; check before repeating.";

/// How far the call's effect had come when this runner took it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// Nothing was sent.
    Fresh,
    /// A request may have left.
    Started {
        state: EffectState,
        agent: Option<AgentId>,
        /// Which journal of that agent.
        epoch: Option<String>,
    },
}

impl Earlier {
    /// Whether the ledger takes no news of the effect any more.
    pub(crate) const fn is_settled(&self) -> bool {
        match self {
            Self::Fresh => false,
            Self::Started {
                state,
                agent: _,
                epoch: _,
            } => state.is_settled(),
        }
    }
}

/// One call and its surroundings.
pub(crate) struct CallContext {
    pub(crate) turn: Arc<TurnBinding>,
    pub(crate) chat_id: ChatId,
    pub(crate) runner_id: RunnerId,
    pub(crate) tool_call_id: String,
    pub(crate) tool_name: String,
    pub(crate) effect: EffectTag,
    pub(crate) earlier: Earlier,
    /// When the call was committed.
    pub(crate) created_at: Micros,
    pub(crate) episode: Arc<Episode>,
    /// The turn's right to run, for those who only wait.
    pub(crate) slot: Held,
}

/// A call to the agent that may be made more than once.
type AgentCall<'a, T> = BoxFuture<'a, Result<T, agent::Error>>;

impl CallContext {
    pub(crate) fn clock(&self) -> &Clock {
        &self.turn.shared.clock
    }

    /// The time since the call was committed, by whichever owner.
    pub(crate) fn age(&self) -> Duration {
        self.clock().now().since(self.created_at)
    }

    /// The turn's agent.
    ///
    /// # Errors
    /// The result that tells the model what to do about it.
    pub(crate) async fn agent(&self) -> Result<AgentClient, Output> {
        let agent = self.turn.agent().await;
        agent.map_err(|error| Output::error(error.to_string()))
    }

    /// For a call without an effect.
    pub(crate) fn link(&self) -> agent::CallContext {
        let parent = self.turn.chat.parent_chat_id;
        agent::CallContext::of_chat(self.chat_id, parent.into_iter().collect())
    }

    /// Makes the call's one effect at the agent: sends it with the effect id, asks the journal
    /// first when it may have been sent before, and sends it again when the link was lost.
    /// The journal makes any number of these one.
    ///
    /// # Errors
    /// The result for the model.
    pub(crate) async fn journaled<'a, T>(
        &'a self,
        call: impl Fn(AgentClient, agent::CallContext) -> AgentCall<'a, T> + Send + Sync,
    ) -> Result<T, Output> {
        let mut agent = self.reach().await?;
        self.ask_journal(&agent).await?;
        let epoch = agent.effect_epoch().to_owned();
        let watch = self.clock().stopwatch();
        loop {
            let link = self.link().with_effect(self.effect.clone());
            match call(agent.clone(), link).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_lost() => {
                    if watch.elapsed() >= EFFECT_QUERY_LIMIT {
                        return Err(Output::unknown(UNREACHABLE_TEXT));
                    }
                    agent = self
                        .redial(error)
                        .await
                        .map_err(|_lost| Output::unknown(UNREACHABLE_TEXT))?;
                    // Another journal would begin anew what the lost request may have done.
                    if agent.effect_epoch() != epoch {
                        return Err(Output::unknown(UNKNOWN_TEXT));
                    }
                }
                Err(error) => return Err(Output::from_agent(&error)),
            }
        }
    }

    /// The agent; for an effect that may be under way a missing one means an unknown outcome.
    async fn reach(&self) -> Result<AgentClient, Output> {
        match self.turn.agent().await {
            Ok(agent) => Ok(agent),
            Err(error) => Err(match self.earlier {
                Earlier::Fresh => Output::error(error.to_string()),
                Earlier::Started { .. } => Output::unknown(UNREACHABLE_TEXT),
            }),
        }
    }

    /// Whether it is safe to send the effect again. An id that the journal has never seen was
    /// not started there, unless the journal is another one than the request went to.
    async fn ask_journal(&self, agent: &AgentClient) -> Result<(), Output> {
        let Earlier::Started {
            state,
            agent: sent_to,
            epoch,
        } = &self.earlier
        else {
            return Ok(());
        };
        let link = self.link().with_deadline(EFFECT_QUERY_LIMIT);
        let answer = agent.effects_query(&link, vec![self.effect.id]).await;
        let answer = answer.map_err(|_unreachable| Output::unknown(UNREACHABLE_TEXT))?;
        let known = answer.effects.first().map(|effect| effect.state);
        let same_agent = sent_to.is_none_or(|sent_to| sent_to == agent.agent_id());
        let same_journal = epoch.as_ref().is_none_or(|epoch| *epoch == answer.epoch);
        let never_began = *state == EffectState::Starting && same_agent && same_journal;
        match known {
            Some(Journal::Running | Journal::Finished) => Ok(()),
            Some(Journal::Absent) | None if never_began => Ok(()),
            Some(Journal::Absent | Journal::Unknown) | None => Err(Output::unknown(UNKNOWN_TEXT)),
        }
    }

    /// The agent over its next link.
    ///
    /// # Errors
    /// `lost`, when none comes.
    pub(crate) async fn redial(&self, lost: agent::Error) -> Result<AgentClient, agent::Error> {
        let failed = match self.turn.agent().await {
            Ok(agent) => return Ok(agent),
            Err(failed) => failed,
        };
        if let ConnectError::Link(agent::Error::Refused { body }) = &*failed
            && body.code == Code::Unavailable
        {
            return Err(agent::Error::Refused { body: body.clone() });
        }
        Err(lost)
    }

    /// Notes that the agent has acknowledged the effect. Losing the note costs one question to
    /// the journal after a crash.
    pub(crate) async fn acknowledged(&self) {
        let (machine, id) = (&self.turn.shared.machine, self.effect.id);
        let process = Some(id.to_string());
        let noted = machine.acknowledge_effect(self.chat_id, self.runner_id, id, process);
        if let Err(error) = noted.await {
            tracing::debug!(chat.id = %self.chat_id, error = %error, "effect was not noted");
        }
    }

    /// Shows new output of the running call.
    pub(crate) fn live(&self, delta: String) {
        let part = LivePart::ResultDelta {
            tool_call_id: self.tool_call_id.clone(),
            tool_name: self.tool_name.clone(),
            delta,
        };
        self.turn.shared.parts.add(&self.episode, part);
    }
}
