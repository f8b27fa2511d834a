//! What a reader of the stream gets: everything it lacks, in one view.

use muster_base::MessageId;
use muster_chat_state::transitions::{BusyBehavior, EditMessage};
use muster_store::chat_messages::{Since, Snapshot};
use muster_store::preview_segments::{self, Segment};

use crate::support::{Fixture, World, text};

async fn snapshot(world: &World, fixture: Fixture, since: Since) -> std::sync::Arc<Snapshot> {
    let read = world
        .store()
        .get_chat_snapshot(world.user(), fixture.id, since);
    read.await.unwrap()
}

#[tokio::test]
async fn reader_gets_only_what_it_lacks() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    let all = snapshot(&world, fixture, Since::Nothing).await;
    let revision = all.chat.snapshot_version;
    world.send(fixture.id, "More", BusyBehavior::Queue).await;
    let more = snapshot(&world, fixture, Since::Revision(revision)).await;
    assert_eq!((more.messages.len(), more.history_reset), (1, false));
    let last = all.messages.last().unwrap().id;
    let by_id = snapshot(&world, fixture, Since::Message(last)).await;
    assert_eq!(by_id.messages, more.messages);
    let revision = more.chat.snapshot_version;
    let nothing = snapshot(&world, fixture, Since::Revision(revision)).await;
    assert_eq!(nothing.messages, []);
}

#[tokio::test]
async fn edited_history_begins_anew_for_every_reader() {
    let world = World::new().await;
    let fixture = world.waiting().await;
    let before = snapshot(&world, fixture, Since::Nothing).await;
    let user = before.messages[0].id;
    let last = before.messages.last().unwrap().id;
    let edit = EditMessage {
        message_id: user,
        content: text("Instead"),
        edited_by: world.owner,
    };
    world.do_it(fixture.id, edit).await;
    let whole = world.everything(fixture.id).await.messages;
    let revision = before.chat.snapshot_version;
    for since in [Since::Revision(revision), Since::Message(last)] {
        let after = snapshot(&world, fixture, since).await;
        assert!(after.history_reset, "{since:?}");
        assert_eq!(after.messages, whole, "{since:?}");
    }
    let fresh = snapshot(&world, fixture, Since::Message(MessageId(0))).await;
    assert!(!fresh.history_reset);
}

#[tokio::test]
async fn versions_of_many_chats_come_in_one_read() {
    let world = World::new().await;
    let (first, second) = (world.create().await, world.create().await);
    let gone = muster_base::ChatId::new(&world.now());
    let ids = vec![first.id, second.id, gone];
    let mut versions = world.store().list_chat_versions(ids).await.unwrap();
    versions.sort_by_key(|one| one.chat_id);
    let mut expected = [first.versions(), second.versions()];
    expected.sort_by_key(|one| one.chat_id);
    assert_eq!(versions, expected);
}

#[tokio::test]
async fn spilled_pieces_come_back_in_order_until_the_step_is_dropped() {
    let world = World::new().await;
    let fixture = world.running().await;
    let chat = world.chat(fixture.id).await;
    let piece = |from_seq, to_seq| Segment {
        chat_id: chat.id,
        history_version: chat.history_version,
        generation_attempt: 1,
        from_seq,
        to_seq,
        data: format!("[{from_seq}]"),
    };
    let write = |pieces: Vec<Segment>| {
        world.store().write("test.spill", move |tx| {
            let pieces = pieces.clone();
            Box::pin(async move { preview_segments::insert(tx, &pieces).await })
        })
    };
    write(vec![piece(11, 20), piece(1, 10)]).await.unwrap();
    let (id, version) = (chat.id, chat.history_version);
    let read = |after| {
        world.store().read("test.spilled", move |tx| {
            Box::pin(async move { preview_segments::list(tx, id, version, 1, after).await })
        })
    };
    assert_eq!(read(0).await.unwrap(), [piece(1, 10), piece(11, 20)]);
    assert_eq!(read(10).await.unwrap(), [piece(11, 20)]);
    // A tool phase that another owner runs again counts from 1 again.
    write(vec![piece(1, 12)]).await.unwrap();
    assert_eq!(read(0).await.unwrap(), [piece(1, 12), piece(11, 20)]);
    let drop_it = world
        .machine
        .update(world.system(), "test.drop", id, |bundle| {
            Box::pin(async move { bundle.drop_preview().await })
        });
    drop_it.await.unwrap();
    assert_eq!(read(0).await.unwrap(), []);
}
