//! Creation, families and what is not execution state.

use std::time::Duration;

use muster_base::limits::SUBAGENTS_MAX;
use muster_base::{ChatId, EffectId, WorkspaceId};
use muster_chat_state::{Error, Reason, State};
use muster_rbac::{Actor, Role, Scopes};
use muster_store::chats::Chat;

use crate::support::{Fixture, World};

async fn child_of(world: &World, parent: ChatId) -> Chat {
    let mut chat = world.new_chat();
    chat.parent = Some((parent, parent));
    let create = world.create_command(chat);
    let created = world.machine.create(world.user(), create).await;
    created.unwrap().chat
}

async fn finish(world: &World, chat: ChatId) {
    let fixture = world.acquire(chat).await;
    world.attempt(fixture).await;
    world.answer(fixture, "Done").await;
}

fn reason<T: std::fmt::Debug>(done: Result<T, Error>) -> Reason {
    let Error::Rejected { reason, .. } = done.unwrap_err() else {
        panic!("not a refusal of the machine");
    };
    reason
}

#[tokio::test]
async fn new_chat_runs_at_version_one_with_its_messages() {
    let world = World::new().await;
    let chat = world.create().await;
    assert_eq!(
        (
            chat.snapshot_version,
            chat.history_version,
            chat.queue_version
        ),
        (1, 1, 1)
    );
    assert_eq!(chat.root_chat_id, chat.id);
    let everything = world.everything(chat.id).await;
    assert_eq!(world.prompt(chat.id).await.len(), 2);
    assert_eq!(
        everything.messages.len(),
        1,
        "instructions are for the model only"
    );
    assert!(
        everything
            .messages
            .iter()
            .all(|message| message.revision == 1)
    );
}

#[tokio::test]
async fn repeated_tool_call_finds_the_chat_it_created() {
    let world = World::new().await;
    let mut chat = world.new_chat();
    chat.effect_id = Some(EffectId::new(&world.now()));
    let create = world.create_command(chat);
    let first = world.machine.create(world.user(), create.clone()).await;
    let mut again = create;
    again.chat.id = ChatId::new(&world.now());
    let second = world.machine.create(world.user(), again).await.unwrap();
    assert_eq!(second.chat.id, first.unwrap().chat.id);
    assert!(!second.created);
}

#[tokio::test]
async fn family_is_archived_whole_or_not_at_all() {
    let world = World::new().await;
    let root = world.waiting().await.id;
    let child = child_of(&world, root).await.id;
    let user = world.user();
    let active = world.machine.set_archived(user, root, true).await;
    assert_eq!(reason(active), Reason::FamilyActive);
    assert_eq!(world.state(root).await, State::Waiting);
    finish(&world, child).await;
    world.archive(root, true).await;
    assert_eq!(world.state(child).await, State::ArchivedWaiting);
    let again = world.machine.set_archived(user, root, true).await;
    assert_eq!(reason(again), Reason::AlreadyArchived);
    let alone = world.machine.set_archived(user, child, false).await;
    assert_eq!(reason(alone), Reason::ParentArchived);
    world.archive(root, false).await;
    assert_eq!(world.state(child).await, State::Waiting);
    let again = world.machine.set_archived(user, root, false).await;
    assert_eq!(reason(again), Reason::NotArchived);
}

#[tokio::test]
async fn child_is_not_born_below_an_archived_parent() {
    let world = World::new().await;
    let root = world.waiting().await.id;
    world.archive(root, true).await;
    let mut chat = world.new_chat();
    chat.parent = Some((root, root));
    let create = world.create_command(chat);
    let created = world.machine.create(world.user(), create).await;
    assert_eq!(reason(created), Reason::ParentArchived);
}

#[tokio::test]
async fn others_cannot_see_that_a_chat_exists() {
    let world = World::new().await;
    let chat = world.create().await.id;
    let stranger = Actor::user(
        muster_base::UserId::new(&world.now()),
        [Role::AgentsAccess],
        Scopes::all(),
    );
    let title = world.machine.set_title(&stranger, chat, "Mine".into());
    let Error::Store(muster_store::Error::Denied(denied)) = title.await.unwrap_err() else {
        panic!("not a denial");
    };
    assert!(denied.hidden);
    assert!(world.store().get_chat(&stranger, chat).await.is_err());
    assert_eq!(world.chat(chat).await.title, "A chat");
}

#[tokio::test]
async fn list_position_moves_on_news_and_not_on_ownership_or_binding() {
    let world = World::new().await;
    let chat = world.create().await;
    let later = || world.clock.advance(Duration::from_secs(1));
    later();
    world.beat().await;
    let fixture = world.acquire(chat.id).await;
    let binding = muster_chat_state::Binding {
        workspace_id: Some(WorkspaceId::new(&world.now())),
        ..muster_chat_state::Binding::default()
    };
    let bound = world
        .machine
        .set_binding(world.system(), chat.id, binding)
        .await
        .unwrap();
    assert_eq!(bound.workspace_id, binding.workspace_id);
    assert_eq!(bound.updated_at, chat.updated_at);
    assert_eq!(bound.history_version, chat.history_version);
    assert_eq!(bound.snapshot_version, chat.snapshot_version + 2);
    world.attempt(fixture).await;
    assert_eq!(world.chat(chat.id).await.updated_at, chat.updated_at);
    let answered = world.answer(fixture, "Done").await;
    assert!(answered.updated_at > chat.updated_at);
    later();
    let titled = world
        .machine
        .set_title(world.user(), chat.id, "New".into())
        .await
        .unwrap();
    assert!(titled.updated_at > answered.updated_at);
    assert_eq!(titled.history_version, answered.history_version);
}

#[tokio::test]
async fn read_cursor_moves_forward_and_no_version() {
    let world = World::new().await;
    let Fixture { id, runner: _ } = world.waiting().await;
    let before = world.everything(id).await;
    let user = world.user();
    let unread = || async {
        let item = world.store().get_chat_item(user, id).await;
        item.unwrap().has_unread
    };
    assert!(unread().await);
    let newest = before.messages.last().unwrap().id;
    for message in [newest, muster_base::MessageId(1)] {
        let mark = world.store().mark_chat_read(user, id, message);
        mark.await.unwrap();
        assert!(!unread().await);
    }
    let after = world.chat(id).await;
    assert_eq!(after.last_read_message_id, Some(newest));
    assert_eq!(after.snapshot_version, before.chat.snapshot_version);
}

#[tokio::test]
async fn families_are_two_levels_deep_and_of_limited_size() {
    let world = World::new().await;
    let parent = world.create().await;
    let below = |above: ChatId| {
        let mut chat = world.new_chat();
        chat.parent = Some((above, parent.id));
        world.create_command(chat)
    };
    let create = |command| world.machine.create(world.user(), command);
    let child = create(below(parent.id)).await.unwrap().chat;
    assert_eq!(reason(create(below(child.id)).await), Reason::TooDeep);
    for _ in 1..SUBAGENTS_MAX {
        create(below(parent.id)).await.unwrap();
    }
    assert_eq!(
        reason(create(below(parent.id)).await),
        Reason::TooManySubagents
    );
}
