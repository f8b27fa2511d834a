//! Model attempts that are kept for whoever looks for a fault.

use muster_base::limits::CONFIG_CACHE_LIFE;
use muster_llm::FailureKind;
use muster_rbac::{Actor, Purpose};
use muster_store::chats::ChatStatus;
use muster_store::debug_runs::{DebugRun, DebugSettings, RunPurpose, RunStatus};

use crate::model::{FakeModel, fails_after, hangs, text};
use crate::support::{World, in_time};

async fn keep_all(world: &World, is_on: bool) {
    let change = DebugSettings {
        all_chats: Some(is_on),
        ..DebugSettings::default()
    };
    let setup = Actor::system(Purpose::Setup);
    let set = world.store.set_debug_logging(&setup, change).await;
    set.unwrap();
}

/// The attempts of a chat, the oldest first, once there are `count`.
async fn kept(world: &World, chat: muster_base::ChatId, count: usize) -> Vec<DebugRun> {
    in_time(async {
        loop {
            let listed = world.store.list_debug_runs(&world.user, chat).await;
            let mut runs = listed.unwrap();
            if runs.len() >= count {
                runs.reverse();
                return runs;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test]
async fn every_attempt_is_kept_however_it_ended() {
    let model = FakeModel::new(|n, _| match n {
        0 => fails_after("Well", FailureKind::Overloaded),
        1 => text("Done."),
        _ => hangs(),
    });
    let world = World::new(model).await;
    keep_all(&world, true).await;
    let engine = world.engine();
    let chat = world.chat("hello").await;
    world.until(chat, |it| it.retry_state.is_some()).await;
    world.clock.fire("model.retry").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    // Runs of one moment have no order.
    world.clock.advance(std::time::Duration::from_millis(1));
    let again = muster_chat_state::transitions::BusyBehavior::Queue;
    world.send(chat, "and now", again).await;
    world.until(chat, |it| it.generation_attempt == 1).await;
    world.interrupt(chat).await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let runs = kept(&world, chat, 3).await;
    let ends: Vec<_> = runs.iter().map(|run| run.status).collect();
    let expected = [
        RunStatus::Failed,
        RunStatus::Completed,
        RunStatus::Cancelled,
    ];
    assert_eq!(ends, expected);
    let attempts: Vec<_> = runs.iter().map(|run| run.generation_attempt).collect();
    assert_eq!(attempts, [1, 2, 1]);
    assert!(runs.iter().all(|run| run.purpose == RunPurpose::Chat));
    assert_eq!(runs[0].error.as_ref().unwrap().kind, "overloaded");
    assert_eq!(runs[1].usage.input_tokens, Some(1_000));
    engine.shutdown().await;
}

#[tokio::test]
async fn switch_counts_in_a_running_engine_no_later_than_its_cache_forgets() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let engine = world.engine();
    let before = world.chat("hello").await;
    world.until_status(before, ChatStatus::Waiting).await;
    keep_all(&world, true).await;
    world.clock.advance(CONFIG_CACHE_LIFE);
    let during = world.chat("hello").await;
    kept(&world, during, 1).await;
    keep_all(&world, false).await;
    world.clock.advance(CONFIG_CACHE_LIFE);
    let after = world.chat("hello").await;
    world.until_status(after, ChatStatus::Waiting).await;
    engine.shutdown().await;
    for chat in [before, after] {
        let runs = world.store.list_debug_runs(&world.user, chat).await;
        assert_eq!(runs.unwrap(), []);
    }
}
