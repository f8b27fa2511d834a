//! Many hands on few chats: order kept, nothing lost, nothing doubled.
//!
//! `MUSTER_TEST_RACES=10_000` is the full size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{join, join_all};
use muster_base::PATIENCE;
use muster_base::limits::QUEUE_MAX;
use muster_base::{ChatId, Clock, EffectId, MessageId};
use muster_chat_state::transitions::{
    BusyBehavior, DeleteQueued, EditMessage, FinishInterruption, Interrupt, PromoteQueued,
    RecordGenerationAttempt, SendMessage,
};
use muster_chat_state::{Error, Fence, Part, State, classify, content};
use muster_store::chat_messages::Role;
use muster_store::chats::ChatStatus;

use crate::dice::{Dice, number};
use crate::support::{Everything, Fixture, World, text};

const CHATS: usize = 50;

fn words(stored: &str) -> String {
    let parts = content::decode(stored).unwrap();
    let Some(Part::Text(text)) = parts.into_iter().next() else {
        panic!("not words");
    };
    text.text
}

/// A worker that finishes turns until the people are done and nothing waits. With nothing to
/// do for too long it gives up.
async fn work(world: &World, fixture: Fixture, people: &AtomicUsize) {
    let clock = Clock::system();
    let mut idle = clock.stopwatch();
    loop {
        let done = people.load(Ordering::SeqCst) == 0;
        let chat = world.chat(fixture.id).await;
        match chat.status {
            ChatStatus::Running | ChatStatus::Interrupting => {
                match turn(world, fixture, chat.status).await {
                    Ok(()) | Err(Error::Stale) => {}
                    Err(error) => panic!("the worker: {error}"),
                }
                idle = clock.stopwatch();
            }
            ChatStatus::Waiting if done => return,
            ChatStatus::Waiting | ChatStatus::RequiresAction | ChatStatus::Error => {
                assert!(
                    idle.elapsed() < PATIENCE,
                    "nothing happens any more: {chat:?}"
                );
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn turn(world: &World, fixture: Fixture, status: ChatStatus) -> Result<(), Error> {
    let fence = Fence::of(&world.chat(fixture.id).await, fixture.runner);
    let fence = Fence { status, ..fence };
    if status == ChatStatus::Interrupting {
        let partial = Some(text("So far"));
        let command = FinishInterruption { fence, partial };
        return world.apply(fixture.id, command).await.map(drop);
    }
    let attempt = RecordGenerationAttempt { fence };
    world.apply(fixture.id, attempt).await?;
    world.try_answer(fixture.id, fence, "Done").await.map(drop)
}

async fn send(world: &World, chat: ChatId, words: &str, busy: BusyBehavior) -> Option<i64> {
    let message = world.says(words);
    match world.apply(chat, SendMessage { message, busy }).await {
        Ok(updated) => Some(updated.chat.snapshot_version),
        Err(Error::QueueFull) => None,
        Err(error) => panic!("{words}: {error}"),
    }
}

async fn fixtures(world: &World) -> Vec<Fixture> {
    let mut fixtures = Vec::new();
    for _ in 0..CHATS {
        fixtures.push(world.waiting().await);
    }
    fixtures
}

fn user_words(everything: &Everything) -> Vec<String> {
    let users = everything.messages.iter().filter(|m| m.role == Role::User);
    users.map(|message| words(&message.content)).collect()
}

fn assert_settled(everything: &Everything) {
    let chat = &everything.chat;
    let state = classify(chat.status, chat.archived, everything.queue.len());
    assert_eq!(state, State::Waiting);
}

/// How many acts of people fall on one chat.
fn acts_per_chat() -> usize {
    usize::try_from(number("MUSTER_TEST_RACES", 1_000)).unwrap() / CHATS
}

/// Every act at once on one chat, beside its worker, until nothing is left to do.
async fn crowd<T>(world: &World, fixture: Fixture, act: impl AsyncFn(usize) -> T) -> Vec<T> {
    let each = acts_per_chat();
    let people = AtomicUsize::new(each);
    let act = &act;
    let people_left = &people;
    let acts = join_all((0..each).map(async |number| {
        let done = act(number).await;
        people_left.fetch_sub(1, Ordering::SeqCst);
        done
    }));
    let (acts, ()) = join(acts, work(world, fixture, &people)).await;
    acts
}

#[tokio::test]
async fn messages_of_many_senders_stand_in_the_order_in_which_they_were_taken() {
    let world = World::new().await;
    let fixtures = fixtures(&world).await;
    join_all(fixtures.iter().map(async |fixture| {
        let taken = crowd(&world, *fixture, async |number| {
            let busy = [BusyBehavior::Queue, BusyBehavior::Interrupt][number % 2];
            let words = format!("m{number}");
            let taken = send(&world, fixture.id, &words, busy).await;
            taken.map(|at| (at, words))
        });
        let taken: BTreeMap<i64, String> = taken.await.into_iter().flatten().collect();
        let everything = world.everything(fixture.id).await;
        assert_settled(&everything);
        let mut expected = vec!["Hello".to_owned()];
        expected.extend(taken.into_values());
        assert_eq!(user_words(&everything), expected);
    }))
    .await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_people_prefer_delete_and_interrupt() {
    let world = World::new().await;
    let fixtures = fixtures(&world).await;
    join_all(fixtures.iter().enumerate().map(async |(lane, fixture)| {
        let acts = crowd(&world, *fixture, async |number| {
            act(&world, *fixture, (number, lane), Edits::No).await
        });
        let expected = left_of(acts.await);
        let everything = world.everything(fixture.id).await;
        assert_settled(&everything);
        let mut found = user_words(&everything);
        found.sort();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }))
    .await;
}

/// What was sent and not deleted; nothing may be either twice.
fn left_of(acts: Vec<Act>) -> BTreeSet<String> {
    let mut left: BTreeSet<String> = ["Hello".to_owned()].into();
    let mut gone = Vec::new();
    for act in acts {
        match act {
            Act::Sent(words) => assert!(left.insert(words)),
            Act::Deleted(words) => gone.push(words),
            Act::Nothing => {}
        }
    }
    for words in gone {
        assert!(left.remove(&words), "{words} was deleted twice");
    }
    left
}

#[tokio::test]
async fn edits_among_everything_else_leave_a_sound_history() {
    let world = World::new().await;
    let fixtures = fixtures(&world).await;
    join_all(fixtures.iter().enumerate().map(async |(lane, fixture)| {
        let acts = crowd(&world, *fixture, async |number| {
            act(&world, *fixture, (number, lane), Edits::Yes).await
        });
        acts.await;
        let everything = world.everything(fixture.id).await;
        assert_settled(&everything);
        let found = user_words(&everything);
        let distinct: BTreeSet<_> = found.iter().collect();
        assert_eq!(distinct.len(), found.len(), "a message stands twice");
        let ids: Vec<MessageId> = everything.messages.iter().map(|m| m.id).collect();
        assert!(ids.is_sorted());
        let last = everything.messages.last().map(|message| message.role);
        assert_eq!(last, Some(Role::Assistant), "every turn was answered");
    }))
    .await;
}

/// Whether histories are edited too, which removes what others have sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edits {
    Yes,
    No,
}

enum Act {
    Sent(String),
    Deleted(String),
    Nothing,
}

async fn act(world: &World, fixture: Fixture, (number, lane): (usize, usize), edits: Edits) -> Act {
    let seed = u64::try_from(number * CHATS + lane).unwrap();
    let mut dice = Dice::new(seed);
    let id = fixture.id;
    let everything = world.everything(id).await;
    assert!(everything.queue.len() <= QUEUE_MAX);
    let some = dice.roll(everything.queue.len());
    let item = everything.queue.get(some);
    let words_now = format!("m{number}");
    let result = match dice.roll(if edits == Edits::Yes { 6 } else { 5 }) {
        0 | 1 => {
            let busy = [BusyBehavior::Queue, BusyBehavior::Interrupt][number % 2];
            let sent = send(world, id, &words_now, busy).await;
            return sent.map_or(Act::Nothing, |_| Act::Sent(words_now));
        }
        2 => world.apply(id, Interrupt).await.map(drop),
        3 => match item {
            Some(item) => {
                let promote = PromoteQueued { id: item.id };
                world.apply(id, promote).await.map(drop)
            }
            None => Ok(()),
        },
        4 => match item {
            Some(item) => {
                let delete = DeleteQueued { id: item.id };
                if world.apply(id, delete).await.is_ok() {
                    return Act::Deleted(words(&item.content));
                }
                Ok(())
            }
            None => Ok(()),
        },
        _ => {
            let users = everything.messages.iter().filter(|m| m.role == Role::User);
            let users: Vec<MessageId> = users.map(|message| message.id).collect();
            let edit = EditMessage {
                message_id: dice.pick(&users).unwrap(),
                content: text(&words_now),
                edited_by: world.owner,
            };
            world.apply(id, edit).await.map(drop)
        }
    };
    match result {
        // Somebody else was faster, which is what this test is about.
        Ok(()) | Err(Error::NoSuchQueued | Error::NoSuchMessage | Error::Rejected { .. }) => {
            Act::Nothing
        }
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_that_two_servers_make_at_once_has_one_subagent_and_both_hear_of_it() {
    let world = World::new().await;
    let parent = world.create().await;
    for _ in 0..10 {
        let effect = EffectId::new(&world.now());
        let create = || {
            let mut chat = world.new_chat();
            chat.parent = Some((parent.id, parent.id));
            chat.effect_id = Some(effect);
            world
                .machine
                .create(world.user(), world.create_command(chat))
        };
        let made = join_all((0..4).map(|_| create())).await;
        let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
        assert_eq!(made.iter().filter(|one| one.created).count(), 1);
        let ids: BTreeSet<ChatId> = made.iter().map(|one| one.chat.id).collect();
        assert_eq!(ids.len(), 1);
    }
}
