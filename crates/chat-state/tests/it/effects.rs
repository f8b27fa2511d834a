//! The ledger: reserved with the message, moved by the owner only, settled once.

use std::time::Duration;

use muster_base::{AgentId, EffectId, RunnerId};
use muster_chat_state::effects::{EffectState, EffectTarget, Journal, Settled, stored_result};
use muster_chat_state::transitions::{CommitStep, Interrupt, Step};
use muster_chat_state::{Error, Reason};

use crate::support::{Fixture, World, call, new_effect, result, said, tool_result};

async fn calling(world: &World) -> (Fixture, Vec<EffectId>) {
    let fixture = world.running().await;
    let effects = world.call(fixture, &["a", "b"]).await;
    (fixture, effects)
}

fn journal(agent_id: AgentId) -> Journal {
    Journal {
        agent_id,
        epoch: format!("epoch of {agent_id}"),
    }
}

async fn state(world: &World, effect: EffectId) -> EffectState {
    let effect = world.machine.get_effect(effect).await.unwrap();
    effect.unwrap().state
}

#[tokio::test]
async fn effects_are_reserved_by_the_commit_of_their_message() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let open = world.machine.open_effects(fixture.id).await.unwrap();
    let message = world.prompt(fixture.id).await.pop().unwrap();
    assert_eq!(open.len(), 2);
    for effect in open {
        assert_eq!(effect.state, EffectState::Reserved);
        assert_eq!(effect.message_id, message.id);
        assert!(effects.contains(&effect.effect_id));
    }
}

#[tokio::test]
async fn effect_of_a_call_that_the_message_does_not_make_is_refused() {
    let world = World::new().await;
    let fixture = world.running().await;
    let effect = EffectId::new(&world.now());
    let mut step = said(&[call("a", effect)]);
    step.effects = vec![new_effect("b", effect, EffectTarget::Agent)];
    let step = Step::Assistant(Box::new(step));
    let fence = world.fence(fixture).await;
    let refused = world.apply(fixture.id, CommitStep { fence, step }).await;
    let Err(Error::Rejected { reason, .. }) = refused else {
        panic!("it worked");
    };
    assert_eq!(reason, Reason::CallsDoNotFit);
    assert!(world.machine.get_effect(effect).await.unwrap().is_none());
}

#[tokio::test]
async fn effect_goes_from_reserved_to_its_result() {
    let world = World::new().await;
    let (Fixture { id, runner }, effects) = calling(&world).await;
    let agent = AgentId::new(&world.now());
    let start = world
        .machine
        .start_effects(id, runner, effects.clone(), Some(journal(agent)));
    assert_eq!(start.await.unwrap().len(), 2);
    let process = Some("p1".to_owned());
    let running = world
        .machine
        .acknowledge_effect(id, runner, effects[0], process);
    running.await.unwrap();
    let answer = tool_result("a", "4");
    let settled = Settled::with_result(effects[0], EffectState::Exited, answer.clone()).unwrap();
    let settle = world.machine.settle_effects(id, runner, vec![settled]);
    settle.await.unwrap();
    let effect = world.machine.get_effect(effects[0]).await.unwrap().unwrap();
    assert_eq!(effect.state, EffectState::Exited);
    assert_eq!(effect.agent_id, Some(agent));
    assert_eq!(effect.process_id.as_deref(), Some("p1"));
    assert_eq!(effect.attempts, 1);
    assert_eq!(stored_result(&effect).unwrap(), Some(answer));
    assert_eq!(state(&world, effects[1]).await, EffectState::Starting);
}

#[tokio::test]
async fn settled_effect_is_never_started_or_settled_again() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let Fixture { id, runner } = fixture;
    let lost = Settled::without_result(effects[0], EffectState::Unknown);
    let settle = world.machine.settle_effects(id, runner, vec![lost]);
    settle.await.unwrap();
    let started = world
        .machine
        .start_effects(id, runner, effects.clone(), None);
    assert_eq!(started.await.unwrap(), [effects[1]]);
    let late = Settled::without_result(effects[0], EffectState::Exited);
    let settle = world.machine.settle_effects(id, runner, vec![late]);
    settle.await.unwrap();
    assert_eq!(state(&world, effects[0]).await, EffectState::Unknown);
}

#[tokio::test]
async fn effect_that_is_started_again_keeps_the_agent_that_was_asked_first() {
    let world = World::new().await;
    let (Fixture { id, runner }, effects) = calling(&world).await;
    let (first, second) = (AgentId::new(&world.now()), AgentId::new(&world.now()));
    for agent in [first, second] {
        let start =
            world
                .machine
                .start_effects(id, runner, effects[..1].to_vec(), Some(journal(agent)));
        assert_eq!(start.await.unwrap(), effects[..1]);
    }
    let effect = world.machine.get_effect(effects[0]).await.unwrap().unwrap();
    assert_eq!((effect.agent_id, effect.attempts), (Some(first), 2));
    assert_eq!(effect.effect_epoch, Some(journal(first).epoch));
    let running = world
        .machine
        .acknowledge_effect(id, runner, effects[0], None);
    running.await.unwrap();
    let again = world
        .machine
        .start_effects(id, runner, effects[..1].to_vec(), None);
    again.await.unwrap();
    assert_eq!(state(&world, effects[0]).await, EffectState::Running);
}

#[tokio::test]
async fn only_the_owner_of_a_running_chat_starts_effects() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let stranger = RunnerId::new(&world.now());
    let start = |runner| {
        world
            .machine
            .start_effects(fixture.id, runner, effects.clone(), None)
    };
    assert!(start(stranger).await.unwrap_err().is_stale());
    world.do_it(fixture.id, Interrupt).await;
    assert!(start(fixture.runner).await.unwrap_err().is_stale());
    assert_eq!(state(&world, effects[0]).await, EffectState::Reserved);
    let settled = Settled::without_result(effects[0], EffectState::Exited);
    let settle = world
        .machine
        .settle_effects(fixture.id, stranger, vec![settled]);
    assert!(settle.await.unwrap_err().is_stale());
}

#[tokio::test]
async fn committed_results_settle_their_effects_in_the_same_bundle() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let results = vec![result("a", Some(effects[0])), result("b", Some(effects[1]))];
    let step = Step::ToolResults(results);
    let fence = world.fence(fixture).await;
    world.do_it(fixture.id, CommitStep { fence, step }).await;
    for effect in effects {
        assert_eq!(state(&world, effect).await, EffectState::Exited);
    }
}

#[tokio::test]
async fn ledger_is_swept_where_nothing_runs() {
    let world = World::new().await;
    let (fixture, effects) = calling(&world).await;
    let results = vec![result("a", Some(effects[0])), result("b", Some(effects[1]))];
    let step = Step::ToolResults(results);
    let fence = world.fence(fixture).await;
    world.do_it(fixture.id, CommitStep { fence, step }).await;
    world.clock.advance(Duration::from_secs(60));
    let now = world.now().now();
    assert_eq!(world.machine.sweep_effects(now).await.unwrap(), 0);
    world.attempt(fixture).await;
    world.answer(fixture, "Done").await;
    assert_eq!(world.machine.sweep_effects(now).await.unwrap(), 2);
}
