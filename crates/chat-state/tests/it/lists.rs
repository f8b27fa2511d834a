//! Lists and pages.

use std::collections::BTreeMap;
use std::time::Duration;

use muster_base::{ChatId, Labels, UserId, WorkspaceId};
use muster_chat_state::Change;
use muster_chat_state::content;
use muster_rbac::{Actor, Role, Scopes};
use muster_store::chats::ListChats;
use muster_store::chats::door::NewChat;
use serde_json::json;

use crate::support::World;

fn filter() -> ListChats {
    ListChats {
        archived: false,
        title: None,
        status: None,
        labels: BTreeMap::new(),
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

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    let pairs = pairs.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    pairs.collect()
}

fn labelled(pairs: &[(&str, &str)]) -> ListChats {
    ListChats {
        labels: labels(pairs),
        ..filter()
    }
}

async fn change(world: &World, chat: ChatId, change: Change) {
    world.clock.advance(Duration::from_secs(1));
    world
        .machine
        .change(world.user(), chat, change)
        .await
        .unwrap();
}

async fn label(world: &World, chat: ChatId, pairs: &[(&str, &str)]) {
    let labels = Some(Labels::new(labels(pairs)).unwrap());
    let relabel = Change {
        labels,
        ..Change::default()
    };
    change(world, chat, relabel).await;
}

#[tokio::test]
async fn chat_is_found_by_all_of_its_labels_until_they_are_replaced() {
    let world = World::new().await;
    let plain = titled(&world, "plain").await;
    let mut new = world.new_chat();
    new.title = "born".into();
    new.labels = json!({"team": "core", "repo": "a:b"});
    let create = world.create_command(new);
    let born = world.machine.create(world.user(), create).await.unwrap();
    let both = [("team", "core"), ("repo", "a:b")];
    assert_eq!(titles(&world, labelled(&both)).await, ["born"]);
    label(&world, plain, &[("team", "core")]).await;
    assert_eq!(
        titles(&world, labelled(&both[..1])).await,
        ["plain", "born"]
    );
    assert_eq!(titles(&world, labelled(&both)).await, ["born"]);
    assert_eq!(titles(&world, labelled(&[("team", "co")])).await, [""; 0]);
    label(&world, born.chat.id, &[("repo", "new")]).await;
    assert_eq!(titles(&world, labelled(&both[..1])).await, ["plain"]);
    assert_eq!(titles(&world, labelled(&[("repo", "new")])).await, ["born"]);
    label(&world, plain, &[]).await;
    assert_eq!(world.chat(plain).await.labels, json!({}));
    assert_eq!(titles(&world, labelled(&both[..1])).await, [""; 0]);
    let before = world.chat(plain).await;
    label(&world, plain, &[]).await;
    assert_eq!(world.chat(plain).await.updated_at, before.updated_at);
}

#[tokio::test]
async fn status_narrows_a_list() {
    let world = World::new().await;
    titled(&world, "running").await;
    let waiting = world.waiting().await;
    let of = |status: &str| ListChats {
        status: Some(status.to_owned()),
        ..filter()
    };
    assert_eq!(titles(&world, of("running")).await, ["running"]);
    assert_eq!(
        titles(&world, of("waiting")).await,
        [world.chat(waiting.id).await.title]
    );
    assert_eq!(titles(&world, of("completed")).await, [""; 0]);
}

#[tokio::test]
async fn list_leaves_out_what_is_large_and_not_shown() {
    let world = World::new().await;
    let large = |chat: &mut NewChat| {
        chat.system_prompt = Some("Be brief.".to_owned());
        chat.dynamic_tools = Some(json!([]));
    };
    let mut root = world.new_chat();
    large(&mut root);
    let create = world.create_command(root);
    let root = world.machine.create(world.user(), create).await;
    let root = root.unwrap().chat;
    let mut child = world.new_chat();
    large(&mut child);
    child.parent = Some((root.id, root.id));
    let create = world.create_command(child);
    let created = world.machine.create(world.user(), create).await;
    created.unwrap();
    let items = world.store().list_chats(world.user(), filter()).await;
    let items = items.unwrap();
    for item in items.iter().chain(&items[0].children) {
        assert_eq!(item.chat.system_prompt, None);
        assert_eq!(item.chat.dynamic_tools, None);
    }
    let whole = world.chat(root.id).await;
    assert_eq!(whole.system_prompt.as_deref(), Some("Be brief."));
    assert_eq!(whole.dynamic_tools, Some(json!([])));
}

async fn pin(world: &World, chat: ChatId, order: i64) {
    let pin = Change {
        pin_order: Some(order),
        ..Change::default()
    };
    change(world, chat, pin).await;
}

async fn pins(world: &World) -> Vec<(String, i64)> {
    let items = world
        .store()
        .list_chats(world.user(), filter())
        .await
        .unwrap();
    let pins = items
        .into_iter()
        .map(|item| (item.chat.title, item.chat.pin_order));
    pins.collect()
}

fn pinned(names: &str) -> Vec<(String, i64)> {
    let mut order = 0;
    let pins = names.chars().map(|name| {
        order = if name.is_uppercase() { order + 1 } else { 0 };
        (name.to_lowercase().to_string(), order)
    });
    pins.collect()
}

#[tokio::test]
async fn pins_are_appended_moved_clamped_and_taken_away_without_a_gap() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c", "d"] {
        ids.push(titled(&world, title).await);
    }
    let [a, b, c, d] = ids[..] else { panic!() };
    let before = world.chat(a).await.updated_at;
    pin(&world, a, 7).await;
    assert!(world.chat(a).await.updated_at > before, "a new pin is news");
    pin(&world, b, 1).await;
    pin(&world, c, 1).await;
    assert_eq!(pins(&world).await, pinned("ABCd"));
    let before = world.chat(c).await.updated_at;
    pin(&world, c, 1).await;
    assert_eq!(pins(&world).await, pinned("CABd"));
    assert_eq!(world.chat(c).await.updated_at, before, "a move is none");
    pin(&world, c, 99).await;
    assert_eq!(pins(&world).await, pinned("ABCd"));
    let after = ListChats {
        after_id: Some(b),
        ..filter()
    };
    assert_eq!(titles(&world, after).await, ["c", "d"]);
    pin(&world, a, 0).await;
    pin(&world, d, 0).await;
    assert_eq!(pins(&world).await, pinned("BCad"));
    for chat in [b, c] {
        finish(&world, chat).await;
    }
    world.archive(b, true).await;
    world.archive(b, false).await;
    assert_eq!(world.chat(b).await.pin_order, 0, "the archive has no pins");
    pin(&world, b, 1).await;
    assert_eq!(pins(&world).await[..2], pinned("CB"));
}

async fn finish(world: &World, chat: ChatId) {
    world.beat().await;
    let fixture = world.acquire(chat).await;
    world.attempt(fixture).await;
    world.answer(fixture, "Done").await;
}

#[tokio::test]
async fn refused_change_leaves_nothing_of_itself() {
    let world = World::new().await;
    let chat = titled(&world, "running").await;
    let everything = Change {
        labels: Some(Labels::new(labels(&[("a", "b")])).unwrap()),
        title: Some("other".into()),
        archived: Some(true),
        pin_order: Some(1),
    };
    let before = world.chat(chat).await;
    let refused = world
        .machine
        .change(world.user(), chat, everything.clone())
        .await;
    assert!(refused.is_err(), "it runs");
    let stranger = UserId::new(&world.now());
    let stranger = Actor::user(stranger, [Role::AgentsAccess], Scopes::all());
    let refused = world.machine.change(&stranger, chat, everything).await;
    assert!(refused.is_err(), "it is not theirs");
    assert_eq!(world.chat(chat).await, before);
    assert_eq!(titles(&world, labelled(&[("a", "b")])).await, [""; 0]);
}

#[tokio::test]
async fn workspace_leads_to_its_newest_readable_root() {
    let world = World::new().await;
    let workspaces: Vec<_> = (0..3).map(|_| WorkspaceId::new(&world.now())).collect();
    let mut made = Vec::new();
    for (title, workspace) in [("old", 0), ("new", 0), ("other", 1)] {
        world.clock.advance(Duration::from_secs(1));
        let mut new = world.new_chat();
        new.title = title.into();
        new.workspace_id = Some(workspaces[workspace]);
        let create = world.create_command(new);
        let created = world.machine.create(world.user(), create).await;
        made.push(created.unwrap().chat.id);
    }
    let of = async |actor: &Actor| {
        let found = world
            .store()
            .list_chats_by_workspace(actor, workspaces.clone());
        found.await.unwrap()
    };
    let expected = BTreeMap::from([(workspaces[0], made[1]), (workspaces[1], made[2])]);
    assert_eq!(of(world.user()).await, expected);
    let stranger = UserId::new(&world.now());
    let stranger = Actor::user(stranger, [Role::AgentsAccess], Scopes::all());
    assert_eq!(of(&stranger).await, BTreeMap::new());
    finish(&world, made[1]).await;
    world.archive(made[1], true).await;
    assert_eq!(of(world.user()).await[&workspaces[0]], made[0]);
}
