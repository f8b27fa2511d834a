//! Summarises the conversation: by itself, on request, or because a provider found it too long.

use muster_base::EffectId;
use muster_base::limits::{
    COMPACTION_CUTS_MAX, COMPACTION_LIMIT, COMPACTION_PERCENT_DEFAULT, COMPACTION_PERCENT_OFF,
};
use muster_chat_state::content::{self, Content};
use muster_chat_state::transitions::{Charge, Compaction, Step};
use muster_llm::{
    Cause, Delivery, Failure, Finish, Message, Part, Request, Response, Role, ToolChoice, Usage,
};
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{self, Visibility};
use muster_store::debug_runs::RunPurpose;

use super::finish::Then;
use super::prepare::Prepared;
use super::{Stop, Work, worker};
use crate::compaction::{
    self, Counters, Decision, Last, Shown, Since, Source, Threshold, ThresholdSource, Window,
};
use crate::debug;
use crate::history::Next;
use crate::model::{ChosenModel, usage_row};
use crate::parts::{EpisodeKey, LivePart};
use crate::retry;

/// What the window asks for before the next thing is done.
pub(super) enum Due {
    Nothing,
    Compaction(Plan),
    /// Summaries do not help any more.
    Error,
}

/// A compaction that is to be made.
pub(super) struct Plan {
    source: Source,
    threshold: Threshold,
    window: Window,
    counters: Counters,
}

/// What a model said in place of the conversation, and what it used for that.
struct Summary {
    text: Result<String, &'static str>,
    usage: Usage,
}

impl Work {
    /// Looks at what the last step found in the window.
    pub(super) async fn due(&mut self, next: &Next) -> Result<Due, Stop> {
        let is_stopped = match next {
            Next::Tools(_) | Next::TooManySteps => return Ok(Due::Nothing),
            Next::Finish => true,
            Next::Model => false,
        };
        if self.history.used.is_empty() || self.history.is_paused() {
            return Ok(Due::Nothing);
        }
        // Without a model there is nothing to decide; whoever asks it will say why.
        let Ok(model) = self.model().await? else {
            return Ok(Due::Nothing);
        };
        let (window, threshold) = (self.window(&model), self.threshold(&model).await);
        if !window.has_reached(threshold) {
            return Ok(Due::Nothing);
        }
        let last = self.last_compaction().await?;
        Ok(match compaction::decide(window, last, is_stopped) {
            Decision::GoOn => Due::Nothing,
            Decision::GiveUp => Due::Error,
            Decision::Compact(counters) => Due::Compaction(Plan {
                source: Source::Automatic,
                threshold,
                window,
                counters,
            }),
        })
    }

    /// Whether an answer leaves the window fuller than it may be: its turn is not over then.
    pub(super) async fn is_over(&self, model: &ChosenModel, finish: &Finish) -> bool {
        let row = model.usage_row(&finish.usage, finish.context_limit);
        let Some(used) = crate::history::context_tokens(&row) else {
            return false;
        };
        let window = Window::new(used, row.context_limit.unwrap_or_default());
        window.has_reached(self.threshold(model).await)
    }

    /// A provider that finds the conversation too long gets a shorter one, once.
    pub(super) async fn plan_for_refusal(
        &self,
        failure: &Failure,
        model: &ChosenModel,
    ) -> Result<Due, Stop> {
        if failure.cause != Cause::ContextLength {
            return Ok(Due::Nothing);
        }
        let last = self.last_compaction().await?;
        if !self.history.is_compactable() {
            // A refusal behind a summary has nothing to do with how the model is set up.
            return Ok(last.map_or(Due::Nothing, |_| Due::Error));
        }
        let limit = self.window(model).limit;
        let window = Window::new(limit, limit);
        let counters = match (compaction::decide(window, last, false), last) {
            (Decision::Compact(counters), _) => counters,
            // The refused request was the first behind a summary.
            (Decision::GoOn, Some((_, since))) if !since.is_same_turn => Counters {
                context_tokens: limit,
                ..Counters::default()
            },
            (Decision::GoOn | Decision::GiveUp, _) => return Ok(Due::Error),
        };
        Ok(Due::Compaction(Plan {
            source: Source::Automatic,
            threshold: self.threshold(model).await,
            window,
            counters,
        }))
    }

    /// What a person has asked for.
    pub(super) async fn compact_on_request(mut self) -> Result<Self, Stop> {
        let model = match self.model().await? {
            Ok(model) => model,
            Err(failure) => return self.finish_error(retry::last_error(&failure)).await,
        };
        let window = self.window(&model);
        let plan = Plan {
            source: Source::Manual,
            threshold: self.threshold(&model).await,
            window,
            counters: Counters {
                context_tokens: window.used,
                ..Counters::default()
            },
        };
        self.compact(plan).await
    }

    /// Asks for a summary and commits it, or that there is none, in one bundle.
    pub(super) async fn compact(mut self, plan: Plan) -> Result<Self, Stop> {
        // A summary is of everything, and its request goes on after no response.
        self.turn.is_unchained = true;
        let (model, request) = match self.prepare().await? {
            Prepared::Ready(ready) => *ready,
            Prepared::Refused(failure) => {
                return self.finish_error(retry::last_error(&failure)).await;
            }
        };
        let clock = &self.shared.clock;
        let shown = Shown {
            call_id: format!("{}_{}", compaction::SUMMARY_TOOL, EffectId::new(clock)),
            source: plan.source,
            threshold_percent: plan.threshold.percent,
            window: plan.window,
        };
        let episode = self.shared.parts.begin(EpisodeKey {
            chat_id: self.chat.id,
            history_version: self.chat.history_version,
            generation_attempt: 0,
        });
        self.shared
            .parts
            .add(&episode, LivePart::whole(shown.call()));
        let stopwatch = clock.stopwatch();
        let summary = self.summary(&model, request).await;
        let charge = Charge {
            model_config_id: Some(model.config_id),
            // Not what the chat's next request will find in the window.
            usage: usage_row(&summary.usage),
            total_cost_micros: model.cost(&summary.usage),
            runtime_ms: i64::try_from(stopwatch.elapsed().as_millis()).ok(),
        };
        let again = self.again()?;
        let then = match plan.source {
            Source::Manual if again.is_empty() => Then::Finish,
            Source::Manual | Source::Automatic => Then::GoOn,
        };
        let text = summary.text.as_deref().map_err(|why| *why);
        let counters = Counters {
            repeated: text.map_or(0, |_| self.repeated()),
            ..plan.counters
        };
        let result = shown.result(text, counters);
        let compaction = Compaction {
            summary: match text {
                Ok(text) => Some(Content::new(&[self.history.summary(text)])?),
                Err(_) => None,
            },
            call: Content::new(&[shown.call()])?,
            result: Content::new(std::slice::from_ref(&result))?,
            again,
            charge,
        };
        self.shared.parts.add(&episode, LivePart::whole(result));
        let (fence, has_spilled) = (self.fence(), episode.has_spilled());
        let step = Step::Compaction(Box::new(compaction));
        let mut work = self.commit(fence, Some(step), then, has_spilled).await?;
        work.log(&plan, text.is_ok());
        // What the model sees has another beginning now.
        work.history.version = 0;
        Ok(work)
    }

    /// The same request as the next step would be, so that the provider's cache holds, with
    /// the wish for a summary at its end.
    async fn summary(&self, model: &ChosenModel, request: Request) -> Summary {
        let mut usage = Usage::default();
        let asked = self.shared.clock.timeout(
            "chat.compaction",
            COMPACTION_LIMIT,
            self.ask(model, request, &mut usage),
        );
        let text = match asked.await {
            Ok(Ok(response)) => text_of(response).ok_or("The model gave no summary."),
            Ok(Err(failure)) => {
                tracing::warn!(
                    chat.id = %self.chat.id,
                    kind = failure.kind.as_str(),
                    "compaction failed"
                );
                Err("The model could not be asked for a summary.")
            }
            Err(_elapsed) => Err("The summary took too long."),
        };
        Summary { text, usage }
    }

    /// Asks; a conversation that is too long even for this loses its older half, and one whose
    /// blocks are refused all of them.
    async fn ask(
        &self,
        model: &ChosenModel,
        mut request: Request,
        usage: &mut Usage,
    ) -> Result<Response, Failure> {
        request.tool_choice = ToolChoice::None;
        request.delivery = Delivery::Whole;
        let (mut cuts, mut is_plain) = (0, false);
        loop {
            let mut asking = request.clone();
            asking.messages.push(compaction::instruction());
            let (shared, run) = (&self.shared, self.run_of(model, RunPurpose::Compaction));
            let mut watched = debug::watch(shared, run, &mut asking).await;
            let answer = model.client.generate(asking).await;
            watched.ended(answer.as_ref().map(|it| &it.finish.usage));
            match answer {
                Ok(response) => {
                    *usage = usage.plus(response.finish.usage);
                    return Ok(response);
                }
                Err(failure) => {
                    if let Some(spent) = &failure.usage {
                        *usage = usage.plus(**spent);
                    }
                    match failure.cause {
                        Cause::ContextLength if cuts < COMPACTION_CUTS_MAX => {
                            cuts += 1;
                            request.messages = newer_half(request.messages);
                        }
                        // The account is another one than before.
                        Cause::BlocksRefused if !is_plain => {
                            is_plain = true;
                            let parts = request.messages.iter_mut().flat_map(|it| &mut it.parts);
                            parts.for_each(Part::drop_native);
                        }
                        Cause::Plain
                        | Cause::ContextLength
                        | Cause::ChainBroken
                        | Cause::BlocksRefused
                        | Cause::Interrupted => return Err(failure),
                    }
                }
            }
        }
    }

    fn log(&self, plan: &Plan, is_done: bool) {
        let result = if is_done { "done" } else { "failed" };
        metrics::counter!("muster_chat_compaction_total", "result" => result).increment(1);
        tracing::info!(
            chat.id = %self.chat.id,
            source = plan.threshold.source.as_str(),
            threshold_percent = plan.threshold.percent,
            usage_percent = plan.window.percent(),
            is_manual = plan.source == Source::Manual,
            is_done,
            "conversation compacted"
        );
    }

    /// What nobody has answered yet stands behind the summary again, for models only: people
    /// see it where it was said.
    fn again(&self) -> Result<Vec<NewMessage>, Stop> {
        let unanswered = self.history.unanswered().iter();
        let again = unanswered.map(|item| {
            Ok(NewMessage {
                visibility: Visibility::Model,
                ..NewMessage::new(chat_messages::Role::User, content::encode(&item.parts)?)
            })
        });
        again.collect()
    }

    /// How many of those a user has said.
    fn repeated(&self) -> i64 {
        let spoken = self.history.unanswered().iter();
        let spoken = spoken.filter(|item| item.is_spoken()).count();
        i64::try_from(spoken).unwrap_or(i64::MAX)
    }

    /// How full the window was at the last step. The limit of another model says nothing.
    fn window(&self, model: &ChosenModel) -> Window {
        let last = self.history.used.last();
        let own = last.filter(|last| last.model == Some(model.config_id));
        let limit = own.and_then(|last| last.limit);
        Window::new(
            last.map_or(0, |last| last.tokens),
            limit.unwrap_or(model.context_limit),
        )
    }

    /// The owner's threshold for the model, else the model's own.
    async fn threshold(&self, model: &ChosenModel) -> Threshold {
        let config = &self.shared.config;
        let said = match config.compaction_thresholds(self.chat.owner_id).await {
            Ok(all) => {
                let of_model = all.iter().find(|it| it.model_config_id == model.config_id);
                of_model.map(|it| it.percent)
            }
            Err(error) => {
                tracing::warn!(
                    chat.id = %self.chat.id,
                    error = &*error as &dyn std::error::Error,
                    "the owner's compaction threshold can't be read"
                );
                None
            }
        };
        let (percent, source) = match said {
            Some(percent) => (percent, ThresholdSource::UserOverride),
            None => (model.compaction_percent, ThresholdSource::ModelDefault),
        };
        let is_percent = (0..=COMPACTION_PERCENT_OFF).contains(&percent);
        Threshold {
            percent: if is_percent {
                percent
            } else {
                COMPACTION_PERCENT_DEFAULT
            },
            source,
        }
    }

    async fn last_compaction(&self) -> Result<Option<(Last, Since)>, Stop> {
        let store = &self.shared.store;
        let row = store.get_last_summary(&worker(), self.chat.id).await;
        let row = row.map_err(|error| Stop::Failed(error.into()))?;
        let last = row.and_then(|row| Last::read(row.id, &row.content));
        Ok(last.map(|last| {
            let behind = |used: &&crate::history::Used| used.id > last.id;
            let spoken = self.history.spoken_since(last.id);
            let since = Since {
                first_used: self.history.used.iter().find(behind).map(|it| it.tokens),
                is_same_turn: i64::try_from(spoken).is_ok_and(|n| n <= last.counters.repeated),
            };
            (last, since)
        }))
    }
}

/// The first message and the newer half of the others. No result loses its call.
fn newer_half(mut messages: Vec<Message>) -> Vec<Message> {
    let half = messages.len() / 2;
    let is_whole = |message: &Message| message.role != Role::Tool;
    let from = messages
        .iter()
        .skip(half)
        .position(is_whole)
        .map_or(messages.len(), |at| at + half);
    let newer = messages.split_off(from.max(1).min(messages.len()));
    messages.truncate(1);
    messages.extend(newer);
    messages
}

fn text_of(response: Response) -> Option<String> {
    let mut text = String::new();
    for part in response.parts {
        if let Part::Text(part) = part {
            text.push_str(&part.text);
        }
    }
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(messages: &[Message]) -> Vec<Role> {
        messages.iter().map(|message| message.role).collect()
    }

    #[test]
    fn newer_half_keeps_the_first_message_and_no_result_without_its_call() {
        use Role::{Assistant, Tool, User};
        let of = |roles: &[Role]| -> Vec<Message> {
            let messages = roles.iter().map(|role| Message::new(*role, Vec::new()));
            messages.collect()
        };
        let long = of(&[User, Assistant, Tool, Assistant, Tool, Assistant, Tool]);
        assert_eq!(
            roles(&newer_half(long)),
            [User, Assistant, Tool, Assistant, Tool]
        );
        let odd = of(&[User, Assistant, Tool, Tool, Assistant]);
        assert_eq!(roles(&newer_half(odd)), [User, Assistant]);
        assert_eq!(roles(&newer_half(of(&[User]))), [User]);
        assert_eq!(roles(&newer_half(Vec::new())), []);
    }
}
