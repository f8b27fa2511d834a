//! What is told is true, and only what is committed is told.

use muster_bus::{Event, OwnerEventKind, Topic};
use muster_chat_state::Error;
use muster_chat_state::transitions::{BusyBehavior, Interrupt, SendMessage};

use crate::support::{Fixture, World, delivered};

pub(crate) fn kinds(events: &[Event]) -> Vec<OwnerEventKind> {
    events
        .iter()
        .filter_map(|event| {
            if let Event::ChatOwner { kind, .. } = event {
                Some(*kind)
            } else {
                None
            }
        })
        .collect()
}

fn hints(events: &[Event]) -> usize {
    events
        .iter()
        .filter(|event| matches!(event, Event::ChatOwnership { .. }))
        .count()
}

#[tokio::test]
async fn every_bundle_tells_its_versions_once() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    let ears = world.subscribe([Topic::ChatUpdate(fixture.id)]);
    world.send(fixture.id, "More", BusyBehavior::Queue).await;
    let chat = world.chat(fixture.id).await;
    assert_eq!(delivered(&ears), [chat.versions().event()]);
}

#[tokio::test]
async fn bundle_that_fails_at_its_end_tells_nothing_and_leaves_nothing() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    let before = world.everything(fixture.id).await;
    let ears = world.subscribe([Topic::AllChatUpdates, Topic::ChatOwner(world.owner)]);
    let message = world.says("More");
    let failed = world
        .machine
        .update(world.user(), "test.fail", fixture.id, move |bundle| {
            let message = message.clone();
            Box::pin(async move {
                let busy = BusyBehavior::Queue;
                bundle.apply(SendMessage { message, busy }).await?;
                Err::<(), _>(Error::QueueFull)
            })
        })
        .await;
    assert!(matches!(failed, Err(Error::QueueFull)));
    assert_eq!(world.everything(fixture.id).await, before);
    assert_eq!(delivered(&ears), []);
}

#[tokio::test]
async fn worker_is_called_only_where_nobody_cares() {
    let world = World::new().await;
    let ears = world.subscribe([Topic::ChatOwnership]);
    let chat = world.create().await;
    assert_eq!(hints(&delivered(&ears)), 1, "created");
    let fixture = world.acquire(chat.id).await;
    world.attempt(fixture).await;
    world.send(chat.id, "Later", BusyBehavior::Queue).await;
    assert_eq!(hints(&delivered(&ears)), 0, "owned and alive");
    world.abandon(fixture).await;
    assert_eq!(hints(&delivered(&ears)), 1, "let go");
    world.do_it(chat.id, Interrupt).await;
    assert_eq!(hints(&delivered(&ears)), 1, "nobody's");
}

#[tokio::test]
async fn worker_is_called_when_the_owner_has_fallen_silent() {
    let world = World::new().await;
    let fixture = world.running().await;
    let ears = world.subscribe([Topic::ChatOwnership]);
    world
        .clock
        .advance(muster_base::limits::REPLICA_DEAD_AFTER * 2);
    world.send(fixture.id, "Later", BusyBehavior::Queue).await;
    assert_eq!(hints(&delivered(&ears)), 1);
}

#[tokio::test]
async fn list_of_the_owner_hears_of_status_title_and_archive() {
    let world = World::new().await;
    let ears = world.subscribe([Topic::ChatOwner(world.owner)]);
    let Fixture { id, runner: _ } = world.waiting().await;
    assert_eq!(
        kinds(&delivered(&ears)),
        [OwnerEventKind::Created, OwnerEventKind::StatusChange]
    );
    let title = world.machine.set_title(world.user(), id, "New".into());
    title.await.unwrap();
    world.archive(id, true).await;
    world.archive(id, false).await;
    assert_eq!(
        kinds(&delivered(&ears)),
        [
            OwnerEventKind::TitleChange,
            OwnerEventKind::Deleted,
            OwnerEventKind::Created
        ]
    );
}
