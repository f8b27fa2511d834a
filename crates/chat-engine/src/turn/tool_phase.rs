//! Runs the calls of the last answer: all at once, each exactly once, committed together.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::join_all;
use muster_agent_link::{CallContext as LinkContext, EffectTag};
use muster_base::EffectId;
use muster_chat_state::content::{Part, ToolCall, ToolResult};
use muster_chat_state::effects::{self as ledger, Effect, EffectState, Journal, Settled};
use muster_chat_state::transitions::{Step, StepResult};
use serde_json::Value;

use super::finish::Then;
use super::{Stop, Work};
use crate::binding::TurnBinding;
use crate::effects;
use crate::parts::{Episode, EpisodeKey, LivePart};
use crate::tools::{self, CallContext, Class, Earlier, Ending, Output};

/// A call that is about to run.
struct Job {
    call: ToolCall,
    kind: Kind,
}

enum Kind {
    /// Its answer is known without running anything.
    Answered(ToolResult),
    Run(&'static dyn tools::Tool, Box<CallContext>),
}

/// A call that has ended.
struct Done {
    result: ToolResult,
    settles: Option<(EffectId, EffectState)>,
    class: Class,
}

impl Work {
    pub(super) async fn tool_phase(mut self, calls: Vec<ToolCall>) -> Result<Self, Stop> {
        let (of_client, calls) = self.split_calls(calls);
        if calls.is_empty() {
            return self.ask_client(Vec::new(), false).await;
        }
        let episode = self.shared.parts.begin(EpisodeKey {
            chat_id: self.chat.id,
            history_version: self.chat.history_version,
            generation_attempt: 0,
        });
        let jobs = self.jobs(calls, &episode).await?;
        self.start_effects(&jobs).await?;
        let running = AtomicUsize::new(jobs.len());
        let ended = jobs
            .into_iter()
            .map(|job| self.run_job(job, &running, &episode));
        let ended: Vec<Done> = join_all(ended).await;
        let journaled = ended.iter().filter(|done| done.class == Class::Journaled);
        let acks = journaled.filter_map(|done| Some(done.settles?.0)).collect();
        let results = ended
            .into_iter()
            .map(|done| StepResult::new(done.result, done.settles))
            .collect::<Result<Vec<_>, _>>()?;
        let settled = results.iter().filter_map(StepResult::settled).collect();
        let (machine, chat, runner) = (self.shared.machine.clone(), self.chat.id, self.runner_id);
        let (fence, has_spilled) = (self.fence(), episode.has_spilled());
        let committed = match of_client.is_empty() {
            true => {
                let step = Some(Step::ToolResults(results));
                self.commit(fence, step, Then::GoOn, has_spilled).await
            }
            false => self.ask_client(results, has_spilled).await,
        };
        if let Err(Stop::Stale) = committed {
            // An interrupt came first, and answers the calls: with these results, not without.
            drop(machine.settle_effects(chat, runner, settled).await);
        }
        let mut work = committed?;
        work.turn.reserved.clear();
        work.acknowledge(acks);
        Ok(work)
    }

    /// What is known of each call's effect decides how it is run.
    async fn jobs(
        &mut self,
        calls: Vec<ToolCall>,
        episode: &Arc<Episode>,
    ) -> Result<Vec<Job>, Stop> {
        let binding = self.binding();
        let mut jobs = Vec::with_capacity(calls.len());
        for call in calls {
            let effect = self.earlier_effect(&call).await?;
            let stored = effect.as_ref().map(ledger::stored_result).transpose()?;
            let stored = stored.flatten().or_else(|| broken_args(&call));
            let kind = match (
                stored,
                tools::find_for(&call.tool_name, self.chat.is_root()),
            ) {
                (Some(result), _) => Kind::Answered(result),
                (None, None) => {
                    let name = &call.tool_name;
                    let unknown = Output::error(format!("There is no tool called `{name}`."));
                    Kind::Answered(unknown.into_result(&call))
                }
                (None, Some(tool)) => {
                    let context = self.context(&call, effect, &binding, episode)?;
                    Kind::Run(tool, Box::new(context))
                }
            };
            jobs.push(Job { call, kind });
        }
        Ok(jobs)
    }

    /// The ledger's row, unless this runner has just reserved it and knows what it says.
    async fn earlier_effect(&self, call: &ToolCall) -> Result<Option<Effect>, Stop> {
        match call.effect_id {
            Some(id) if !self.turn.reserved.contains(&id) => {
                Ok(self.shared.machine.get_effect(id).await?)
            }
            Some(_) | None => Ok(None),
        }
    }

    fn context(
        &self,
        call: &ToolCall,
        effect: Option<Effect>,
        binding: &Arc<TurnBinding>,
        episode: &Arc<Episode>,
    ) -> Result<CallContext, Stop> {
        let clock = &self.shared.clock;
        let created_at = effect
            .as_ref()
            .map_or_else(|| clock.now(), |it| it.created_at);
        // What was sent before is sent again: arguments that went through a database may be
        // written differently, for example large numbers.
        let hash = match &effect {
            Some(effect) => effect.input_hash.clone(),
            None => effects::input_hash(call)?,
        };
        let earlier = match effect {
            Some(effect) if effect.state != EffectState::Reserved => Earlier::Started {
                state: effect.state,
                agent: effect.agent_id,
                epoch: effect.effect_epoch.clone(),
            },
            Some(_) | None => Earlier::Fresh,
        };
        Ok(CallContext {
            turn: Arc::clone(binding),
            chat_id: self.chat.id,
            runner_id: self.runner_id,
            tool_call_id: call.tool_call_id.clone(),
            tool_name: call.tool_name.clone(),
            effect: EffectTag {
                id: call.effect_id.unwrap_or_else(|| EffectId::new(clock)),
                hash,
            },
            earlier,
            created_at,
            episode: Arc::clone(episode),
            slot: self.turn.slot.clone(),
        })
    }

    /// Writes, in one statement and before any request leaves, which effects may now happen.
    /// Those that an earlier owner has started are among them: whoever was replaced meanwhile
    /// must not send them again.
    async fn start_effects(&self, jobs: &[Job]) -> Result<(), Stop> {
        let mut starting = Vec::new();
        let mut asks_agent = None;
        for job in jobs {
            let Kind::Run(tool, context) = &job.kind else {
                continue;
            };
            if tool.class() == Class::Pure || context.earlier.is_settled() {
                continue;
            }
            starting.push(context.effect.id);
            if tool.class() == Class::Journaled && context.earlier == Earlier::Fresh {
                asks_agent = Some(&context.turn);
            }
        }
        // Nothing can start without an agent; the tools then say why there is none.
        let journal = match asks_agent {
            Some(turn) => turn.agent().await.ok().map(|agent| Journal {
                agent_id: agent.agent_id(),
                epoch: agent.effect_epoch().to_owned(),
            }),
            None => None,
        };
        if starting.is_empty() {
            return Ok(());
        }
        let (machine, wanted) = (&self.shared.machine, starting.len());
        let started = machine
            .start_effects(self.chat.id, self.runner_id, starting, journal)
            .await?;
        // One that was settled meanwhile belongs to a history that is no longer ours.
        if started.len() == wanted {
            Ok(())
        } else {
            Err(Stop::Stale)
        }
    }

    async fn run_job(&self, job: Job, running: &AtomicUsize, episode: &Arc<Episode>) -> Done {
        let Job { call, kind } = job;
        let (result, ending, class) = match kind {
            Kind::Answered(result) => (result, Ending::Exited, Class::Pure),
            Kind::Run(tool, context) => {
                let args = call.args.clone().unwrap_or(Value::Null);
                let ran = AssertUnwindSafe(tool.call(&context, args)).catch_unwind();
                let output = ran.await.unwrap_or_else(|_panic| {
                    tracing::error!(tool = tool.name(), "tool panicked");
                    Output::error("The tool failed unexpectedly.")
                });
                let ending = output.ending;
                (output.into_result(&call), ending, tool.class())
            }
        };
        let state = match ending {
            Ending::Exited => EffectState::Exited,
            Ending::Detached => EffectState::Detached,
            Ending::Unknown => EffectState::Unknown,
        };
        let settles = call.effect_id.map(|id| (id, state));
        let part = LivePart::whole(Part::ToolResult(result.clone()));
        self.shared.parts.add(episode, part);
        let left = running.fetch_sub(1, Ordering::AcqRel) - 1;
        if left > 0 && class != Class::Pure {
            self.settle(settles, &result).await;
        }
        Done {
            result,
            settles,
            class,
        }
    }

    /// Keeps a result while other calls still run, so that an interrupt finds it. Where this
    /// fails, the effect's own journal still has it.
    async fn settle(&self, settles: Option<(EffectId, EffectState)>, result: &ToolResult) {
        let Some((id, state)) = settles else {
            return;
        };
        let Ok(settled) = Settled::with_result(id, state, result.clone()) else {
            return;
        };
        let (machine, chat) = (&self.shared.machine, self.chat.id);
        if let Err(error) = machine
            .settle_effects(chat, self.runner_id, vec![settled])
            .await
        {
            tracing::debug!(chat.id = %chat, error = %error, "result was not kept");
        }
    }

    /// Tells the agent which results are safe here. Best effort, beside the turn.
    fn acknowledge(&mut self, effects: Vec<EffectId>) {
        if effects.is_empty() {
            return;
        }
        let (binding, chat_id) = (self.binding(), self.chat.id);
        self.shared.tasks.spawn("effects.ack", async move {
            let Some(agent) = binding.agent_aside().await else {
                return;
            };
            let link = LinkContext::of_chat(chat_id, Vec::new());
            if let Err(error) = agent.effects_ack(&link, effects).await {
                tracing::debug!(chat.id = %chat_id, error = %error, "effects not acknowledged");
            }
        });
    }
}

/// The answer to a call whose arguments are no JSON: they are kept as the text that the model
/// wrote. Most of them were cut off by its output limit.
fn broken_args(call: &ToolCall) -> Option<ToolResult> {
    let Some(Value::String(written)) = &call.args else {
        return None;
    };
    let text = match serde_json::from_str::<Value>(written) {
        Err(error) if error.is_eof() => {
            "The arguments were cut off at the output limit, so the call was not made. Make it \
             again with shorter arguments, or in several steps."
                .to_owned()
        }
        Err(error) => format!("The arguments are not valid JSON: {error}"),
        Ok(_) => "The arguments must be a JSON object.".to_owned(),
    };
    Some(Output::error(text).into_result(call))
}
