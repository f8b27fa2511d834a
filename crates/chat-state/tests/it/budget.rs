//! One turn costs what it is meant to cost.

use std::collections::BTreeMap;

use muster_base::RunnerId;
use muster_base::limits::{TURN_STATEMENTS_MAX, TURN_WRITES_MAX};
use muster_chat_state::ownership::Candidates;
use muster_chat_state::transitions::{Abandon, BusyBehavior, CommitStep, FinishTurn, Step};
use muster_chat_state::{Fence, Part};

use crate::support::{Fixture, World, said};

#[tokio::test]
async fn turn_stays_within_its_budget_of_ops_and_statements() {
    let (world, counter) = World::counted().await;
    let Fixture { id, runner } = world.waiting().await;
    world.abandon(Fixture { id, runner }).await;
    counter.reset();

    world.send(id, "More", BusyBehavior::Queue).await;
    let runner = RunnerId::new(&world.now());
    let taken = world
        .machine
        .acquire(world.worker, runner, Candidates::Unowned, 10)
        .await
        .unwrap();
    let fixture = Fixture { id, runner };
    let (chat, _prompt) = world.store().get_prompt(world.system(), id).await.unwrap();
    assert_eq!(chat.versions(), taken[0]);
    let fence = Fence::of(&chat, runner);
    let command = muster_chat_state::transitions::RecordGenerationAttempt { fence };
    let attempt = world.do_it(id, command).await.outcome;
    answer_and_let_go(&world, fixture, fence.at_attempt(attempt)).await;

    let counts = counter.counts();
    let mut writes = BTreeMap::new();
    for ((op, _statement), runs) in &counts {
        *writes.entry(*op).or_insert(0) += runs;
    }
    let reads = usize::from(writes.contains_key("chat.prompt"));
    assert!(writes.len() - reads <= TURN_WRITES_MAX, "{writes:?}");
    assert!(counter.total() <= TURN_STATEMENTS_MAX, "{counts:#?}");
}

async fn answer_and_let_go(world: &World, fixture: Fixture, fence: Fence) {
    let Fixture { id, runner } = fixture;
    let step = Step::Assistant(Box::new(said(&[Part::text("Done")])));
    let bundle = world
        .machine
        .update(world.system(), "test.answer", id, move |bundle| {
            let step = step.clone();
            Box::pin(async move {
                bundle.apply(CommitStep { fence, step }).await?;
                bundle.apply(FinishTurn { fence }).await?;
                let abandon = Abandon { runner_id: runner };
                bundle.apply(abandon).await
            })
        });
    bundle.await.unwrap();
}
