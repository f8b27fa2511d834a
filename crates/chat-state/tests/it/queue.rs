//! Messages that wait: in order, at most twenty, each as it was sent.

use muster_base::limits::QUEUE_MAX;
use muster_base::{ModelConfigId, UserId};
use muster_chat_state::transitions::{
    BusyBehavior, DeleteQueued, FinishInterruption, PromoteQueued, SendMessage,
};
use muster_chat_state::{Error, State, content};
use muster_store::chat_messages::Role;

use crate::support::{Fixture, World, text};

async fn words_in_queue(world: &World, fixture: Fixture) -> Vec<String> {
    let queue = world.everything(fixture.id).await.queue;
    queue.into_iter().map(|item| words(&item.content)).collect()
}

fn words(stored: &str) -> String {
    let parts = content::decode(stored).unwrap();
    serde_json::to_value(&parts[0]).unwrap()["text"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn twenty_wait_and_the_next_is_refused() {
    let world = World::new().await;
    let fixture = world.in_state(State::RunningQueued, QUEUE_MAX).await;
    for busy in [BusyBehavior::Queue, BusyBehavior::Interrupt] {
        let message = world.says("One too many");
        let refused = world.apply(fixture.id, SendMessage { message, busy }).await;
        assert!(matches!(refused, Err(Error::QueueFull)));
    }
    assert_eq!(words_in_queue(&world, fixture).await.len(), QUEUE_MAX);
    assert_eq!(world.state(fixture.id).await, State::RunningQueued);
}

#[tokio::test]
async fn queue_is_worked_off_in_order_one_per_turn() {
    let world = World::new().await;
    let fixture = world.in_state(State::RunningQueued, 3).await;
    for left in (0..3).rev() {
        let chat = world.answer(fixture, "Done").await;
        assert_eq!(chat.queue_version, chat.snapshot_version);
        assert_eq!(words_in_queue(&world, fixture).await.len(), left);
        let prompt = world.prompt(fixture.id).await;
        let last = prompt.last().unwrap();
        assert_eq!(last.role, Role::User);
        assert_eq!(words(&last.content), format!("queued {}", 2 - left));
        world.attempt(fixture).await;
    }
    world.answer(fixture, "Done").await;
    assert_eq!(world.state(fixture.id).await, State::Waiting);
}

#[tokio::test]
async fn preferred_message_goes_first_and_stops_the_run() {
    let world = World::new().await;
    let fixture = world.in_state(State::RunningQueued, 3).await;
    let queue = world.everything(fixture.id).await.queue;
    let promote = PromoteQueued { id: queue[2].id };
    let promoted = world.do_it(fixture.id, promote).await.outcome;
    assert_eq!(promoted.queued.unwrap().id, queue[2].id);
    assert_eq!(
        words_in_queue(&world, fixture).await,
        ["queued 2", "queued 0", "queued 1"]
    );
    let fence = world.fence(fixture).await;
    let partial = Some(text("So far"));
    let done = world
        .do_it(fixture.id, FinishInterruption { fence, partial })
        .await;
    assert_eq!(words(&done.outcome.promoted.unwrap().content), "queued 2");
}

#[tokio::test]
async fn preferring_the_head_moves_no_queue_version() {
    let world = World::new().await;
    let fixture = world.in_state(State::RunningQueued, 2).await;
    let before = world.everything(fixture.id).await;
    let id = before.queue[0].id;
    let after = world.do_it(fixture.id, PromoteQueued { id }).await.chat;
    assert_eq!(after.queue_version, before.chat.queue_version);
}

#[tokio::test]
async fn promoted_message_keeps_its_own_author_model_and_servers() {
    let world = World::new().await;
    let fixture = world.running().await;
    let (author, model) = (UserId::new(&world.now()), ModelConfigId::new(&world.now()));
    let server = uuid::Uuid::from_u128(7);
    let mut message = world.says("Mine");
    message.created_by = author;
    message.model_config_id = Some(model);
    message.reasoning_effort = Some("high".into());
    message.mcp_server_ids = Some(vec![server]);
    let busy = BusyBehavior::Queue;
    world.do_it(fixture.id, SendMessage { message, busy }).await;
    let before = world.chat(fixture.id).await;
    assert_eq!(before.last_model_config_id, ModelConfigId::NIL);
    let chat = world.answer(fixture, "Done").await;
    assert_eq!(chat.last_model_config_id, model);
    assert_eq!(chat.last_reasoning_effort.as_deref(), Some("high"));
    assert_eq!(chat.mcp_server_ids, [server]);
    let prompt = world.prompt(fixture.id).await;
    let last = prompt.last().unwrap();
    assert_eq!(last.created_by, Some(author));
    assert_eq!(last.model_config_id, Some(model));
}

#[tokio::test]
async fn message_that_no_longer_waits_cannot_be_deleted_or_preferred() {
    let world = World::new().await;
    let fixture = world.in_state(State::RunningQueued, 2).await;
    let id = world.everything(fixture.id).await.queue[0].id;
    world.do_it(fixture.id, DeleteQueued { id }).await;
    let again = world.apply(fixture.id, DeleteQueued { id }).await;
    assert!(matches!(again, Err(Error::NoSuchQueued)));
    let promote = world.apply(fixture.id, PromoteQueued { id }).await;
    assert!(matches!(promote, Err(Error::NoSuchQueued)));
}

#[tokio::test]
async fn message_after_an_error_lets_those_who_waited_go_first() {
    let world = World::new().await;
    let fixture = world.in_state(State::ErrorQueued, 2).await;
    let message = world.says("Newest");
    let busy = BusyBehavior::Queue;
    let sent = world.do_it(fixture.id, SendMessage { message, busy }).await;
    assert_eq!(words(&sent.outcome.promoted.unwrap().content), "queued 0");
    assert_eq!(
        words_in_queue(&world, fixture).await,
        ["queued 1", "Newest"]
    );
}
