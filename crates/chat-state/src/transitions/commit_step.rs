//! `CommitStep`: an assistant message, or all results of its calls, or a compaction.

use muster_base::{EffectId, ModelConfigId};
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{Message, Role, Usage};
use muster_store::tool_effects::{EffectState, NewEffect};

use super::clear_context::{pair, summary};
use crate::content::{self, Content, Part, ToolResult};
use crate::effects::Settled;
use crate::machine::Command;
use crate::synthetics::{CancelReason, open_among};
use crate::{Bundle, Error, Fence, Reason, Transition};

/// One step of a turn, committed as a whole. No call starts before its step is committed.
#[derive(Clone, Debug)]
pub struct CommitStep {
    pub fence: Fence,
    pub step: Step,
}

/// What a step holds.
#[derive(Clone, Debug)]
pub enum Step {
    /// What the model said. Boxed: it is much larger than the others.
    Assistant(Box<AssistantStep>),
    /// The answers to all open calls of the last assistant message.
    ToolResults(Vec<StepResult>),
    /// A summary that takes the place of what was before it.
    Compaction(Box<Compaction>),
    /// What the workspace tells about itself, for everybody to see.
    ContextFiles(Content),
}

/// What a model said, with its cost, and what its calls are meant to do.
#[derive(Clone, Debug)]
pub struct AssistantStep {
    /// Its local calls have unique ids: [`content::unique_call_ids`].
    pub content: Content,
    pub model_config_id: ModelConfigId,
    pub reasoning_effort: Option<String>,
    pub usage: Usage,
    pub total_cost_micros: Option<i64>,
    pub runtime_ms: Option<i64>,
    pub provider_response_id: Option<String>,
    /// One for each local call that is to run.
    pub effects: Vec<NewEffect>,
}

/// The answer to one call.
#[derive(Clone, Debug)]
pub struct StepResult {
    tool_call_id: String,
    content: String,
    settles: Option<(EffectId, EffectState)>,
}

/// A summary, the call and result that show it to people, and the user messages that nobody has
/// answered yet and that therefore stand behind it again.
///
/// Without a summary the attempt failed: people see that, and the conversation stays as it is.
#[derive(Clone, Debug)]
pub struct Compaction {
    pub summary: Option<Content>,
    pub call: Content,
    pub result: Content,
    pub again: Vec<NewMessage>,
    pub charge: Charge,
}

/// What a model call beside the steps of a chat used and cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Charge {
    pub model_config_id: Option<ModelConfigId>,
    pub usage: Usage,
    pub total_cost_micros: Option<i64>,
    pub runtime_ms: Option<i64>,
}

/// What may be left of the open calls when some of them are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: every call has its answer.
    None,
    /// Those that somebody else answers.
    StaysOpen,
}

/// The messages that were inserted, in order.
#[derive(Clone, Debug)]
pub struct Committed {
    pub messages: Vec<Message>,
}

impl StepResult {
    /// The answer to a call and the state in which it leaves the call's effect.
    ///
    /// # Errors
    /// When the result has no JSON form.
    pub fn new(
        result: ToolResult,
        settles: Option<(EffectId, EffectState)>,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            tool_call_id: result.tool_call_id.clone(),
            content: content::encode(&[Part::ToolResult(result)])?,
            settles,
        })
    }

    /// What the ledger is told when the step can't be committed any more, so that whoever
    /// answers the call in its place finds the result.
    #[must_use]
    pub fn settled(&self) -> Option<Settled> {
        let (effect, state) = self.settles?;
        Some(Settled::with_stored(effect, state, self.content.clone()))
    }
}

impl Command for CommitStep {
    type Outcome = Committed;
    const OP: &'static str = "chat.commit_step";

    fn transition(&self) -> Transition {
        Transition::CommitStep
    }

    fn guard(&self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        bundle.check_fence(&self.fence)
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Committed, Error> {
        let messages = match self.step {
            Step::Assistant(step) => commit_assistant(bundle, *step).await?,
            Step::ToolResults(results) => {
                bundle
                    .commit_results(Transition::CommitStep, results, Rest::None)
                    .await?
            }
            Step::Compaction(compaction) => commit_compaction(bundle, *compaction).await?,
            Step::ContextFiles(content) => {
                let message = NewMessage::new(Role::User, content.into_text());
                bundle.insert(vec![message]).await?
            }
        };
        Ok(Committed { messages })
    }
}

async fn commit_assistant(
    bundle: &mut Bundle<'_, '_>,
    step: AssistantStep,
) -> Result<Vec<Message>, Error> {
    // An attempt is recorded only where no call is open, and any change of the history ends it.
    if bundle.chat().generation_attempt == 0 {
        return Err(bundle.reject(Transition::CommitStep, Reason::NoAttempt));
    }
    let heads = step.content.heads();
    let messages = bundle
        .insert(vec![NewMessage {
            model_config_id: Some(step.model_config_id),
            reasoning_effort: step.reasoning_effort,
            usage: step.usage,
            total_cost_micros: step.total_cost_micros,
            runtime_ms: step.runtime_ms,
            provider_response_id: step.provider_response_id,
            ..NewMessage::new(Role::Assistant, step.content.into_text())
        }])
        .await?;
    let Some(message) = messages.first() else {
        return Ok(messages);
    };
    let open = open_among(message.id, heads);
    let fits = |effect: &NewEffect| {
        open.iter()
            .any(|call| call.tool_call_id == effect.tool_call_id)
    };
    if !step.effects.iter().all(fits) {
        return Err(bundle.reject(Transition::CommitStep, Reason::CallsDoNotFit));
    }
    bundle.reserve_effects(message.id, &step.effects).await?;
    bundle.know_open_calls(open);
    Ok(messages)
}

async fn commit_compaction(
    bundle: &mut Bundle<'_, '_>,
    compaction: Compaction,
) -> Result<Vec<Message>, Error> {
    let (mut messages, _cancelled) = bundle
        .answer_open_calls(CancelReason::ContextCleared)
        .await?;
    let answered = messages.len();
    let [mut call, result] = pair(compaction.call.into_text(), compaction.result.into_text());
    charged(&mut call, compaction.charge);
    let is_done = compaction.summary.is_some();
    messages.extend(compaction.summary.map(|it| summary(it.into_text())));
    messages.extend([call, result]);
    if is_done {
        messages.extend(compaction.again);
    }
    bundle.row().compaction_requested_at = None;
    let mut inserted = bundle.insert(messages).await?;
    Ok(inserted.split_off(answered))
}

pub(crate) fn charged(message: &mut NewMessage, charge: Charge) {
    let Charge {
        model_config_id,
        usage,
        total_cost_micros,
        runtime_ms,
    } = charge;
    message.model_config_id = model_config_id;
    message.usage = usage;
    message.total_cost_micros = total_cost_micros;
    message.runtime_ms = runtime_ms;
}

impl Bundle<'_, '_> {
    /// Answers open calls with the given results, in the order of the calls.
    pub(super) async fn commit_results(
        &mut self,
        transition: Transition,
        mut results: Vec<StepResult>,
        rest: Rest,
    ) -> Result<Vec<Message>, Error> {
        let open = self.open_calls().await?.to_vec();
        if open.is_empty() {
            return Err(self.reject(transition, Reason::NoOpenCalls));
        }
        let mut messages = Vec::with_capacity(open.len());
        let mut settled: Vec<(EffectState, Vec<EffectId>)> = Vec::new();
        let mut unanswered = Vec::new();
        for call in open {
            let at = results
                .iter()
                .position(|result| result.tool_call_id == call.tool_call_id);
            let Some(result) = at.map(|at| results.swap_remove(at)) else {
                unanswered.push(call);
                continue;
            };
            messages.push(NewMessage::new(Role::Tool, result.content));
            if let Some((effect, state)) = result.settles {
                match settled.iter_mut().find(|(known, _)| *known == state) {
                    Some((_, ids)) => ids.push(effect),
                    None => settled.push((state, vec![effect])),
                }
            }
        }
        let is_whole = unanswered.is_empty() || rest == Rest::StaysOpen;
        if !results.is_empty() || !is_whole {
            return Err(self.reject(transition, Reason::CallsDoNotFit));
        }
        for (state, effects) in settled {
            self.settle_effects(&effects, state).await?;
        }
        let messages = self.insert(messages).await?;
        self.know_open_calls(unanswered);
        Ok(messages)
    }
}
