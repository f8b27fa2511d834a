//! Asks the model: attempts until one is committed or the failure is final.

use std::sync::Arc;

use futures_util::StreamExt;
use muster_base::EffectId;
use muster_chat_state::Aside;
use muster_chat_state::content::{self, Content, Part};
use muster_chat_state::effects::{EffectTarget, NewEffect};
use muster_chat_state::transitions::{
    AssistantStep, Charge, RecordGenerationAttempt, RecordRetryState, Step,
};
use muster_llm::{Cause, Failure, FailureKind, Finish, FinishReason, Fold, Request};
use muster_store::chats::RetryState;
use muster_store::debug_runs::RunPurpose;

use super::compaction::Due;
use super::finish::Then;
use super::live::LiveParts;
use super::prepare::Prepared;
use super::{Stop, Work, clean, worker};
use crate::compaction::too_long;
use crate::debug;
use crate::effects;
use crate::model::{ChosenModel, usage_row};
use crate::parts::{Episode, EpisodeKey, OpenEpisode};
use crate::prompt::convert;
use crate::retry;
use crate::tools::{self, Class};

impl Work {
    pub(super) async fn model_phase(mut self) -> Result<Self, Stop> {
        self.look_for_title();
        loop {
            self.wait_for_retry().await;
            let (model, request) = match self.prepare().await? {
                Prepared::Ready(ready) => *ready,
                Prepared::Refused(failure) => {
                    return self.finish_error(retry::last_error(&failure)).await;
                }
            };
            let episode = self.begin_attempt().await?;
            let stopwatch = self.shared.clock.stopwatch();
            let mut attempt = self.attempt(&model, request, &episode).await;
            // Nothing has been shown yet, so this is still the same attempt.
            while let Err(failure) = &attempt
                && episode.last_seq() == 0
                && self.tells_otherwise(failure.cause)
                && let Prepared::Ready(ready) = self.prepare().await?
            {
                attempt = self.attempt(&model, ready.1, &episode).await;
            }
            let runtime_ms = i64::try_from(stopwatch.elapsed().as_millis()).ok();
            match attempt {
                Ok((parts, finish)) => {
                    return self
                        .answer(&model, parts, finish, runtime_ms, episode)
                        .await;
                }
                Err(failure) => {
                    // An interrupt during the wait must not save what the failed attempt said.
                    episode.discard();
                    let has_spilled = episode.has_spilled();
                    drop(episode);
                    self.charge(&model, &failure, runtime_ms).await?;
                    match self.plan_for_refusal(&failure, &model).await? {
                        Due::Nothing => {}
                        // Rare and large: it must not make every turn's future larger.
                        Due::Compaction(plan) => return Box::pin(self.compact(plan)).await,
                        Due::Error => return self.finish_error(too_long()).await,
                    }
                    let (attempt, now) = (self.chat.generation_attempt, self.shared.clock.now());
                    match retry::after(&failure, attempt, now) {
                        Some(retry) => self.record_retry(retry, &failure, has_spilled).await?,
                        None => return self.finish_error(retry::last_error(&failure)).await,
                    }
                }
            }
        }
    }

    /// What a failed attempt used was used all the same, if its provider told.
    async fn charge(
        &self,
        model: &ChosenModel,
        failure: &Failure,
        runtime_ms: Option<i64>,
    ) -> Result<(), Stop> {
        let Some(usage) = &failure.usage else {
            return Ok(());
        };
        let charge = Charge {
            model_config_id: Some(model.config_id),
            usage: usage_row(usage),
            total_cost_micros: model.cost(usage),
            runtime_ms,
        };
        let aside = Aside {
            charges: vec![charge],
            ..Aside::default()
        };
        let (machine, id) = (&self.shared.machine, self.chat.id);
        // The row as it is then may be ahead of this turn, which the next fence must find out.
        machine.aside(&worker(), id, aside).await?;
        Ok(())
    }

    /// Whether the conversation is worth sending once more at once, told in another way: whole,
    /// because the provider does not know the response that it should have gone on after, or
    /// in plain form, because it does not take back its own blocks. Each is tried once.
    fn tells_otherwise(&mut self, cause: Cause) -> bool {
        match cause {
            Cause::ChainBroken => !std::mem::replace(&mut self.turn.is_unchained, true),
            Cause::BlocksRefused => {
                let last = self.history.items.last().map(|item| item.id);
                let before = std::mem::replace(&mut self.turn.plain_until, last);
                before < last
            }
            Cause::Plain | Cause::ContextLength | Cause::Interrupted => false,
        }
    }

    /// Waits what is left of a recorded wait, whoever recorded it.
    async fn wait_for_retry(&self) {
        let clock = &self.shared.clock;
        let left = retry::remaining(self.chat.retry_state.as_ref(), clock.now());
        if !left.is_zero() {
            clock.timer("model.retry", left).await;
        }
    }

    /// Records the attempt. Its episode is there before anybody can hear of it.
    async fn begin_attempt(&mut self) -> Result<OpenEpisode, Stop> {
        let episode = self.shared.parts.begin(EpisodeKey {
            chat_id: self.chat.id,
            history_version: self.chat.history_version,
            generation_attempt: self.chat.generation_attempt + 1,
        });
        let command = RecordGenerationAttempt {
            fence: self.fence().at_attempt(self.chat.generation_attempt),
        };
        let (machine, id) = (&self.shared.machine, self.chat.id);
        self.chat = machine.apply(&worker(), id, command).await?.chat;
        Ok(episode)
    }

    async fn record_retry(
        &mut self,
        retry: RetryState,
        failure: &Failure,
        has_spilled: bool,
    ) -> Result<(), Stop> {
        tracing::info!(
            chat.id = %self.chat.id,
            kind = failure.kind.as_str(),
            attempt = retry.attempt,
            delay_ms = retry.delay_ms,
            "model attempt failed"
        );
        let command = RecordRetryState {
            fence: self.fence().at_attempt(self.chat.generation_attempt),
            retry,
        };
        let updated = self
            .shared
            .machine
            .update(
                &worker(),
                "chat.record_retry",
                self.chat.id,
                move |bundle| {
                    let command = command.clone();
                    Box::pin(async move {
                        bundle.apply(command).await?;
                        if has_spilled {
                            bundle.drop_preview().await?;
                        }
                        Ok(())
                    })
                },
            )
            .await?;
        self.chat = updated.chat;
        // The configuration may be what has to change for the next attempt to succeed.
        self.turn.model = None;
        Ok(())
    }

    /// One attempt, kept where somebody wants that.
    async fn attempt(
        &self,
        model: &ChosenModel,
        mut request: Request,
        episode: &Arc<Episode>,
    ) -> Result<(Vec<muster_llm::Part>, Finish), Failure> {
        let run = self.run_of(model, RunPurpose::Chat);
        let mut watched = debug::watch(&self.shared, run, &mut request).await;
        let answer = self.stream(model, request, episode).await;
        watched.ended(answer.as_ref().map(|(_, finish)| &finish.usage));
        answer
    }

    /// Streams the answer, shows it as it comes, and gives it whole.
    async fn stream(
        &self,
        model: &ChosenModel,
        request: Request,
        episode: &Arc<Episode>,
    ) -> Result<(Vec<muster_llm::Part>, Finish), Failure> {
        let mut events = model.client.stream(request);
        let mut fold = Fold::new();
        let mut live = LiveParts::of(&model.account);
        while let Some(event) = events.next().await {
            let event = clean::event(event.map_err(clean::failure)?);
            if let Some(part) = live.part(&event) {
                self.shared.parts.add(episode, part);
            }
            fold.push(&event);
        }
        let provider = Some(model.provider);
        let finish = fold.finish().cloned();
        let finish = finish.ok_or_else(|| Failure::of(FailureKind::Timeout, provider))?;
        let mut parts = fold.parts();
        if finish.reason == FinishReason::Length {
            mark_cut_off(&mut parts, &fold.complete_parts());
        }
        if parts.is_empty() {
            // A provider that refuses to answer will refuse again.
            let may_answer = finish.reason != FinishReason::ContentFilter;
            let empty = Failure::of(FailureKind::Generic, provider).retryable(may_answer);
            return Err(empty.with_usage(finish.usage));
        }
        Ok((parts, finish))
    }

    /// Commits the answer with its effects; without local calls the turn ends with it.
    async fn answer(
        mut self,
        model: &ChosenModel,
        parts: Vec<muster_llm::Part>,
        finish: Finish,
        runtime_ms: Option<i64>,
        episode: OpenEpisode,
    ) -> Result<Self, Stop> {
        let parts = parts.into_iter().map(convert::to_stored);
        let mut parts: Vec<Part> = parts.map(|part| model.account.stamp(part)).collect();
        content::unique_call_ids(&mut parts);
        let effects = self.reserve(&mut parts)?;
        let is_paused = effects.is_empty() && finish.reason == FinishReason::Pause;
        if is_paused {
            convert::mark_paused(&mut parts);
        }
        let is_over = self.is_over(model, &finish).await;
        let then = if effects.is_empty() && !is_paused && !is_over {
            Then::Finish
        } else {
            Then::GoOn
        };
        let fence = self.fence().at_attempt(self.chat.generation_attempt);
        self.turn.reserved = effects.iter().map(|effect| effect.effect_id).collect();
        let step = AssistantStep {
            content: Content::new(&parts)?,
            model_config_id: model.config_id,
            reasoning_effort: model.reasoning_effort.clone(),
            usage: model.usage_row(&finish.usage, finish.context_limit),
            total_cost_micros: model.cost(&finish.usage),
            runtime_ms,
            provider_response_id: model.kept_response(finish.response_id),
            effects,
        };
        let step = Step::Assistant(Box::new(step));
        let has_spilled = episode.has_spilled();
        self.commit(fence, Some(step), then, has_spilled).await
    }

    /// Gives every local call an effect of its own.
    fn reserve(&self, parts: &mut [Part]) -> Result<Vec<NewEffect>, Stop> {
        let mut reserved = Vec::new();
        for part in parts {
            let Part::ToolCall(call) = part else {
                continue;
            };
            if call.provider_executed {
                continue;
            }
            let effect_id = EffectId::new(&self.shared.clock);
            call.effect_id = Some(effect_id);
            let class = tools::find(&call.tool_name).map_or(Class::Pure, tools::Tool::class);
            reserved.push(NewEffect {
                effect_id,
                tool_call_id: call.tool_call_id.clone(),
                tool_name: call.tool_name.clone(),
                input_hash: effects::input_hash(call)?,
                target: match class {
                    Class::Journaled => EffectTarget::Agent,
                    Class::Pure | Class::Keyed => EffectTarget::Server,
                },
                agent_id: self.chat.agent_id,
            });
        }
        Ok(reserved)
    }
}

/// A call that the output limit cut off before its first argument looks like one without any:
/// it keeps the beginning that its arguments would have had.
fn mark_cut_off(parts: &mut [muster_llm::Part], complete: &[muster_llm::Part]) {
    let Some(muster_llm::Part::ToolCall(last)) = parts.last_mut() else {
        return;
    };
    let is_complete = matches!(
        complete.last(),
        Some(muster_llm::Part::ToolCall(call)) if call.id == last.id
    );
    if !is_complete && last.args.trim().is_empty() {
        "{".clone_into(&mut last.args);
    }
}
