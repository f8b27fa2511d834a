//! Lists and pages.

use std::time::Duration;

use muster_base::ChatId;
use muster_chat_state::content;
use muster_store::chats::ListChats;

use crate::support::World;

fn filter() -> ListChats {
    ListChats {
        archived: false,
        title: None,
        after_id: None,
        limit: 50,
        offset: 0,
    }
}

async fn titled(world: &World, title: &str) -> ChatId {
    world.clock.advance(Duration::from_secs(1));
    world.beat().await;
    let mut chat = world.new_chat();
    title.clone_into(&mut chat.title);
    let create = world.create_command(chat);
    let created = world.machine.create(world.user(), create).await;
    created.unwrap().chat.id
}

async fn titles(world: &World, filter: ListChats) -> Vec<String> {
    let items = world.store().list_chats(world.user(), filter).await;
    items
        .unwrap()
        .into_iter()
        .map(|item| item.chat.title)
        .collect()
}

#[tokio::test]
async fn list_is_newest_first_and_pages_by_cursor_and_by_offset() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for title in ["one", "two", "three", "four"] {
        ids.push(titled(&world, title).await);
    }
    assert_eq!(
        titles(&world, filter()).await,
        ["four", "three", "two", "one"]
    );
    let after = ListChats {
        after_id: Some(ids[2]),
        limit: 1,
        ..filter()
    };
    assert_eq!(titles(&world, after).await, ["two"]);
    let offset = ListChats {
        offset: 3,
        ..filter()
    };
    assert_eq!(titles(&world, offset).await, ["one"]);
}

#[tokio::test]
async fn title_search_folds_case_and_takes_wildcards_literally() {
    let world = World::new().await;
    for title in ["Größe 100%", "a_b", "axb"] {
        titled(&world, title).await;
    }
    let search = |words: &str| ListChats {
        title: Some(words.to_owned()),
        ..filter()
    };
    assert_eq!(titles(&world, search("GRÖSSE")).await, [""; 0]);
    assert_eq!(titles(&world, search("gRÖß")).await, ["Größe 100%"]);
    assert_eq!(titles(&world, search("0%")).await, ["Größe 100%"]);
    assert_eq!(titles(&world, search("a_b")).await, ["a_b"]);
}

#[tokio::test]
async fn list_holds_roots_of_its_owner_with_their_children() {
    let world = World::new().await;
    let root = titled(&world, "root").await;
    let mut child = world.new_chat();
    child.parent = Some((root, root));
    let create = world.create_command(child);
    let child = world.machine.create(world.user(), create).await.unwrap();
    let items = world.store().list_chats(world.user(), filter()).await;
    let items = items.unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].children[0].chat.id, child.chat.id);
    let archived = ListChats {
        archived: true,
        ..filter()
    };
    assert_eq!(titles(&world, archived).await, [""; 0]);
}

#[tokio::test]
async fn history_pages_backwards_and_only_the_first_has_the_queue() {
    let world = World::new().await;
    let fixture = world
        .in_state(muster_chat_state::State::RunningQueued, 1)
        .await;
    let user = world.user();
    let page = |before| world.store().list_messages(user, fixture.id, before, 2);
    let first = page(None).await.unwrap();
    assert_eq!((first.messages.len(), first.has_more), (2, true));
    assert_eq!(first.queued.len(), 1);
    let second = page(Some(first.messages[1].id)).await.unwrap();
    assert_eq!((second.messages.len(), second.has_more), (1, false));
    assert_eq!(second.queued, []);
    assert!(second.messages[0].id < first.messages[1].id);
}

#[tokio::test]
async fn text_with_nul_and_private_characters_survives_the_store() {
    let world = World::new().await;
    let words = "a\0b\u{E000}c\u{1F600}";
    let mut create = world.create_command(world.new_chat());
    create.message = world.says(words);
    let created = world.machine.create(world.user(), create).await.unwrap();
    let prompt = world.prompt(created.chat.id).await;
    let parts = content::decode(&prompt.last().unwrap().content).unwrap();
    assert_eq!(parts, [content::Part::text(words)]);
}
