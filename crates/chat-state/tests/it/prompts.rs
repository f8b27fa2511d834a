//! What models see: every call answered, and answered truly.

use muster_base::EffectId;
use muster_chat_state::content::{self, Content, ContextFile, Outcome, Part, ToolResult};
use muster_chat_state::effects::{EffectState, EffectTarget, Settled};
use muster_chat_state::transitions::{
    BusyBehavior, Charge, ClearContext, CommitStep, Compaction, CompleteRequiresAction,
    EditMessage, EnterRequiresAction, FinishError, FinishInterruption, FinishTurn, Interrupt,
    RecordGenerationAttempt, RequestCompaction, Step, StepResult,
};
use muster_chat_state::{Error, Reason};
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{Message, Role};

use crate::support::{
    Fixture, World, broken, call, enter, new_effect, result, said, text, tool_result,
};

/// The results in a prompt, by call.
pub(crate) fn results(prompt: &[Message]) -> Vec<ToolResult> {
    let parts = prompt
        .iter()
        .flat_map(|message| content::decode(&message.content).unwrap());
    parts
        .filter_map(|part| part.as_tool_result().cloned())
        .collect()
}

/// The calls of a prompt that nothing answers, and whether something other than an answer
/// stands behind the last of them.
pub(crate) fn unanswered(prompt: &[Message]) -> (Vec<String>, bool) {
    let mut open = Vec::new();
    let mut passed = false;
    for message in prompt {
        let parts = content::decode(&message.content).unwrap();
        passed |= !open.is_empty() && message.role != Role::Tool;
        for part in parts {
            if let Some(result) = part.as_tool_result() {
                open.retain(|id| *id != result.tool_call_id);
            }
            if let Some(call) = part.as_tool_call() {
                open.push(call.tool_call_id.clone());
            }
        }
    }
    (open, passed)
}

async fn reason_of<T>(done: impl Future<Output = Result<T, Error>>) -> Reason {
    match done.await {
        Err(Error::Rejected { reason, .. }) => reason,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it worked"),
    }
}

/// A running chat with two open calls.
async fn calling(world: &World) -> (Fixture, Vec<EffectId>) {
    let fixture = world.running().await;
    let effects = world.call(fixture, &["a", "b"]).await;
    (fixture, effects)
}

#[tokio::test]
async fn model_is_not_asked_while_a_call_is_open() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let fence = world.fence(fixture).await;
    let attempt = world.apply(fixture.id, RecordGenerationAttempt { fence });
    assert_eq!(reason_of(attempt).await, Reason::UnansweredCalls);
    let finish = world.apply(fixture.id, FinishTurn { fence });
    assert_eq!(reason_of(finish).await, Reason::UnansweredCalls);
    let results = vec![result("b", Some(effects[1])), result("a", Some(effects[0]))];
    let step = Step::ToolResults(results);
    let done = world.do_it(fixture.id, CommitStep { fence, step }).await;
    let order: Vec<_> = self::results(&done.outcome.messages)
        .into_iter()
        .map(|result| result.tool_call_id)
        .collect();
    assert_eq!(order, ["a", "b"], "in the order of the calls");
    world.attempt(fixture).await;
}

#[tokio::test]
async fn results_of_other_calls_are_refused() {
    let world = World::new().await;
    let (fixture, _effects) = calling(&world).await;
    let fence = world.fence(fixture).await;
    for results in [
        vec![result("a", None)],
        vec![result("a", None), result("c", None)],
        vec![result("a", None), result("b", None), result("c", None)],
    ] {
        let step = Step::ToolResults(results);
        let done = world.apply(fixture.id, CommitStep { fence, step });
        assert_eq!(reason_of(done).await, Reason::CallsDoNotFit);
    }
}

#[tokio::test]
async fn answer_without_an_attempt_is_refused() {
    let world = World::new().await;
    let chat = world.create().await;
    let fixture = world.acquire(chat.id).await;
    let fence = world.fence(fixture).await;
    let step = Step::Assistant(Box::new(said(&[Part::text("Hi")])));
    let done = world.apply(fixture.id, CommitStep { fence, step });
    assert_eq!(reason_of(done).await, Reason::NoAttempt);
}

#[tokio::test]
async fn message_after_a_failed_tool_phase_answers_the_open_calls_first() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    world.fail(fixture).await;
    world.send(fixture.id, "Again", BusyBehavior::Queue).await;
    let prompt = world.prompt(fixture.id).await;
    assert_eq!(unanswered(&prompt), (Vec::new(), false));
    assert_eq!(prompt.last().unwrap().role, Role::User);
    assert!(results(&prompt).iter().all(|result| result.is_error));
    let effect = world.machine.get_effect(effects[0]).await.unwrap();
    assert_eq!(effect.unwrap().state, EffectState::Canceled);
}

#[tokio::test]
async fn interrupted_call_that_had_finished_keeps_its_real_result() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let (id, runner) = (fixture.id, fixture.runner);
    let started = world
        .machine
        .start_effects(id, runner, effects.clone(), None);
    assert_eq!(started.await.unwrap().len(), 2);
    let settled = Settled::with_result(
        effects[0],
        EffectState::Exited,
        tool_result("a", "the real one"),
    )
    .unwrap();
    let settle = world.machine.settle_effects(id, runner, vec![settled]);
    settle.await.unwrap();

    world.do_it(id, Interrupt).await;
    let fence = world.fence(fixture).await;
    let partial = None;
    let done = world.do_it(id, FinishInterruption { fence, partial }).await;
    let results = results(&world.prompt(id).await);
    assert_eq!(results[0], tool_result("a", "the real one"));
    assert!(results[1].is_error);
    let cancelled = &done.outcome.cancelled_calls;
    assert_eq!(cancelled.len(), 1, "the caller stops what still runs");
    assert_eq!(cancelled[0].was, Some(EffectState::Starting));
    let states = [EffectState::Exited, EffectState::Canceled];
    for (effect, state) in effects.into_iter().zip(states) {
        let effect = world.machine.get_effect(effect).await.unwrap().unwrap();
        assert_eq!(effect.state, state);
    }
}

#[tokio::test]
async fn started_call_of_a_remote_server_becomes_unknown() {
    let world = World::new().await;
    let fixture = world.running().await;
    let effect = EffectId::new(&world.now());
    let mut step = said(&[call("m", effect)]);
    step.effects = vec![new_effect("m", effect, EffectTarget::Mcp)];
    let step = Step::Assistant(Box::new(step));
    let fence = world.fence(fixture).await;
    world.do_it(fixture.id, CommitStep { fence, step }).await;
    let start = world
        .machine
        .start_effects(fixture.id, fixture.runner, vec![effect], None);
    start.await.unwrap();
    world.fail(fixture).await;
    world.send(fixture.id, "Again", BusyBehavior::Queue).await;
    let results = results(&world.prompt(fixture.id).await);
    assert_eq!(results[0].outcome, Some(Outcome::Unknown));
    let effect = world.machine.get_effect(effect).await.unwrap().unwrap();
    assert_eq!(effect.state, EffectState::Unknown);
}

#[tokio::test]
async fn partial_answer_stands_before_the_message_that_interrupted_it() {
    let world = World::new().await;
    let fixture = world.running().await;
    world
        .send(fixture.id, "Stop", BusyBehavior::Interrupt)
        .await;
    let fence = world.fence(fixture).await;
    let half_built = call("h", EffectId::NIL);
    let parts = [Part::text("I was about to"), half_built];
    let partial = Some(Content::new(&parts).unwrap());
    world
        .do_it(fixture.id, FinishInterruption { fence, partial })
        .await;
    let prompt = world.prompt(fixture.id).await;
    let roles: Vec<_> = prompt.iter().rev().take(3).map(|m| m.role).collect();
    assert_eq!(roles, [Role::User, Role::Tool, Role::Assistant]);
    assert_eq!(unanswered(&prompt), (Vec::new(), false));
}

#[tokio::test]
async fn edit_removes_the_rest_and_cancels_what_it_was_doing() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    world.send(fixture.id, "Later", BusyBehavior::Queue).await;
    let page = world
        .store()
        .list_messages(world.user(), fixture.id, None, 50)
        .await
        .unwrap();
    let first = page.messages.iter().rev().find(|m| m.role == Role::User);
    let edit = EditMessage {
        message_id: first.unwrap().id,
        content: text("Instead"),
        edited_by: world.owner,
    };
    let edited = world.do_it(fixture.id, edit).await;
    assert_eq!(edited.outcome.cancelled_calls.len(), 2);
    let everything = world.everything(fixture.id).await;
    assert_eq!(everything.queue, []);
    assert_eq!(everything.chat.generation_attempt, 0);
    let roles: Vec<_> = everything.messages.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::User]);
    let started = world
        .machine
        .start_effects(fixture.id, fixture.runner, effects, None);
    assert_eq!(started.await.unwrap(), [], "a removed call never starts");
}

#[tokio::test]
async fn assistant_message_cannot_be_edited_nor_a_removed_one() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    let everything = world.everything(fixture.id).await;
    let id_of = |role| {
        let mut messages = everything.messages.iter();
        messages.find(|m| m.role == role).unwrap().id
    };
    let edit = |message_id| EditMessage {
        message_id,
        content: text("Instead"),
        edited_by: world.owner,
    };
    let assistant = world.apply(fixture.id, edit(id_of(Role::Assistant))).await;
    assert!(matches!(assistant, Err(Error::NotAUserMessage)));
    let user = id_of(Role::User);
    world.do_it(fixture.id, edit(user)).await;
    let again = world.apply(fixture.id, edit(user)).await;
    assert!(matches!(again, Err(Error::NoSuchMessage)));
}

#[tokio::test]
async fn what_a_workspace_told_cannot_be_edited() {
    let world = World::new().await;
    let mut create = world.create_command(world.new_chat());
    let file = Part::ContextFile(ContextFile::default());
    create.context = vec![Content::new(&[file]).unwrap()];
    let created = world.machine.create(world.user(), create).await;
    let chat = created.unwrap().chat.id;
    let before = world.everything(chat).await;
    let mut said = before.messages.iter().filter(|m| m.role == Role::User);
    let edit = EditMessage {
        message_id: said.next().unwrap().id,
        content: text("Instead"),
        edited_by: world.owner,
    };
    let refused = world.apply(chat, edit).await;
    assert!(matches!(refused, Err(Error::NotAUserMessage)));
    assert_eq!(world.everything(chat).await.messages, before.messages);
}

#[tokio::test]
async fn summary_takes_the_place_of_what_was_before_it() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    let requested = world.do_it(fixture.id, RequestCompaction).await;
    assert!(requested.chat.compaction_requested_at.is_some());
    let fence = world.fence(fixture).await;
    let compaction = Compaction {
        summary: Some(text("What happened so far.")),
        call: text("call"),
        result: text("result"),
        again: vec![NewMessage::new(Role::User, text("Hello").as_str())],
        charge: Charge::default(),
    };
    let step = Step::Compaction(Box::new(compaction));
    let done = world.do_it(fixture.id, CommitStep { fence, step }).await;
    assert_eq!(done.chat.compaction_requested_at, None);
    let prompt: Vec<_> = world
        .prompt(fixture.id)
        .await
        .into_iter()
        .map(|m| content::decode(&m.content).unwrap())
        .collect();
    let words = ["Be useful.", "What happened so far.", "Hello"];
    assert_eq!(prompt, words.map(|words| vec![Part::text(words)]));
}

#[tokio::test]
async fn nothing_is_left_to_compact_right_after_a_summary() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    world.do_it(fixture.id, ClearContext).await;
    let again = world.apply(fixture.id, RequestCompaction);
    assert_eq!(reason_of(again).await, Reason::NothingToCompact);
}

#[tokio::test]
async fn cleared_context_is_hidden_from_models_and_shown_to_people() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    let before = world.everything(fixture.id).await.messages.len();
    world.do_it(fixture.id, ClearContext).await;
    let prompt = world.prompt(fixture.id).await;
    let roles: Vec<_> = prompt.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::System, Role::User]);
    let shown = world.everything(fixture.id).await.messages.len();
    assert_eq!(shown, before + 2, "the call and its result");
}

#[tokio::test]
async fn deadline_answers_for_a_client_that_does_not() {
    let world = World::new().await;
    let (fixture, _effects) = calling(&world).await;
    let fence = world.fence(fixture).await;
    let entered = world.do_it(fixture.id, enter(fence)).await;
    let deadline = world.now().now() + muster_base::limits::REQUIRES_ACTION_DEADLINE;
    assert_eq!(entered.chat.requires_action_deadline_at, Some(deadline));
    let fence = world.fence(fixture).await;
    let cancel = muster_chat_state::transitions::CancelRequiresAction { fence };
    let done = world.do_it(fixture.id, cancel).await;
    assert_eq!(done.chat.requires_action_deadline_at, None);
    assert_eq!(unanswered(&world.prompt(fixture.id).await).0.len(), 0);
}

#[tokio::test]
async fn client_answers_what_was_not_answered_here_and_nothing_else() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let id = fixture.id;
    let fence = world.fence(fixture).await;
    for answered in [vec![result("c", None)], both(&effects)] {
        let enter = EnterRequiresAction { fence, answered };
        let refused = world.apply(id, enter).await.unwrap_err();
        assert!(matches!(refused, Error::Rejected { .. }), "{refused:?}");
    }
    let here = EnterRequiresAction {
        fence,
        answered: vec![result("a", Some(effects[0]))],
    };
    let entered = world.do_it(id, here).await;
    assert_eq!(entered.outcome.messages.len(), 1);
    let (_, pending) = world
        .machine
        .pending_calls(world.system(), id)
        .await
        .unwrap();
    let pending: Vec<_> = pending.iter().map(|call| &*call.tool_call_id).collect();
    assert_eq!(pending, ["b"]);
    for results in [
        Vec::new(),
        vec![result("a", None)],
        vec![result("b", None), result("b", None)],
        vec![result("b", None), result("c", None)],
    ] {
        let refused = world.apply(id, CompleteRequiresAction { results }).await;
        let reason = Reason::CallsDoNotFit;
        assert!(
            matches!(refused, Err(Error::Rejected { reason: why, .. }) if why == reason),
            "{refused:?}"
        );
    }
    let results = vec![result("b", Some(effects[1]))];
    world.do_it(id, CompleteRequiresAction { results }).await;
    let prompt = world.prompt(id).await;
    assert_eq!(unanswered(&prompt).0.len(), 0);
    assert_eq!(results_of(&prompt), ["a", "b"]);
    let (_, pending) = world
        .machine
        .pending_calls(world.system(), id)
        .await
        .unwrap();
    assert_eq!(pending, []);
}

fn both(effects: &[EffectId]) -> Vec<StepResult> {
    let ids = ["a", "b"].into_iter().zip(effects);
    ids.map(|(id, effect)| result(id, Some(*effect))).collect()
}

fn results_of(prompt: &[Message]) -> Vec<String> {
    let found = results(prompt).into_iter();
    found.map(|result| result.tool_call_id).collect()
}

#[tokio::test]
async fn error_is_shown_until_the_chat_goes_on() {
    let world = World::new().await;
    let fixture = world.running().await;
    let fence = world.fence(fixture).await;
    let error = broken();
    let failed = world.do_it(fixture.id, FinishError { fence, error }).await;
    assert_eq!(failed.chat.last_error, Some(broken()));
    world.archive(fixture.id, true).await;
    assert!(world.chat(fixture.id).await.last_error.is_some());
    world.archive(fixture.id, false).await;
    world.send(fixture.id, "Again", BusyBehavior::Queue).await;
    assert_eq!(world.chat(fixture.id).await.last_error, None);
}
