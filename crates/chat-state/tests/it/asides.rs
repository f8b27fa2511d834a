//! Titles, turn summaries and charges beside a conversation.

use std::time::Duration;

use muster_bus::{OwnerEventKind, Topic};
use muster_chat_state::transitions::{AssistantStep, BusyBehavior, Charge, CommitStep, Step};
use muster_chat_state::{Aside, FoundTitle, Part, TurnSummary};
use muster_store::chat_messages::{Since, Usage};
use muster_store::chats::Chat;
use muster_store::{Statement, params};

use crate::publish::kinds;
use crate::support::{Fixture, World, delivered, said};

fn charge(cost: i64) -> Charge {
    Charge {
        usage: Usage {
            input_tokens: Some(100),
            output_tokens: Some(5),
            ..Usage::default()
        },
        total_cost_micros: Some(cost),
        ..Charge::default()
    }
}

async fn spent(world: &World, chat: &Chat) -> (i64, i64) {
    static SPENT: Statement = Statement::new(
        "test/spent",
        "select count(*) as messages, cast(coalesce(sum(total_cost_micros), 0) as bigint) as cost
           from chat_messages where owner_id = $1 and total_cost_micros is not null",
    );
    let owner = chat.owner_id;
    let row = world.store().read("test.spent", move |tx| {
        Box::pin(async move {
            let row = tx.query_one(&SPENT, &params![owner]).await?;
            Ok::<_, muster_store::Error>((row.get("messages")?, row.get("cost")?))
        })
    });
    row.await.unwrap()
}

#[tokio::test]
async fn charge_is_counted_and_moves_neither_model_nor_list_nor_stream() {
    let world = World::new().await;
    let Fixture { id, runner: _ } = world.waiting().await;
    let before = world.everything(id).await;
    let prompt = world.prompt(id).await;
    let (_, cost) = spent(&world, &before.chat).await;
    world.clock.advance(Duration::from_secs(60));
    let aside = Aside {
        charges: vec![charge(7), charge(30)],
        ..Aside::default()
    };
    let chat = world.machine.aside(world.user(), id, aside).await.unwrap();
    assert_eq!(spent(&world, &chat).await.1, cost + 37);
    assert_eq!(
        Chat {
            snapshot_version: before.chat.snapshot_version,
            ..chat.clone()
        },
        before.chat
    );
    // Nothing is new for who follows, and nothing makes it begin anew.
    let since = Since::Revision(before.chat.snapshot_version);
    let news = world
        .store()
        .get_chat_snapshot(world.user(), id, since)
        .await;
    let news = news.unwrap();
    assert!(news.messages.is_empty() && !news.history_reset);
    assert_eq!(world.everything(id).await.messages, before.messages);
    assert_eq!(world.prompt(id).await, prompt);
}

#[tokio::test]
async fn charge_does_not_break_the_chain_of_a_provider() {
    let world = World::new().await;
    let fixture = world.running().await;
    let fence = world.fence(fixture).await;
    let step = Step::Assistant(Box::new(AssistantStep {
        provider_response_id: Some("resp_1".to_owned()),
        ..said(&[Part::text("Hello.")])
    }));
    world.do_it(fixture.id, CommitStep { fence, step }).await;
    let kept = |prompt: &[muster_store::chat_messages::Message]| {
        prompt
            .iter()
            .any(|it| it.provider_response_id.as_deref() == Some("resp_1"))
    };
    assert!(kept(&world.prompt(fixture.id).await));
    let aside = Aside {
        charges: vec![charge(1)],
        ..Aside::default()
    };
    let written = world.machine.aside(world.user(), fixture.id, aside).await;
    written.unwrap();
    assert!(kept(&world.prompt(fixture.id).await));
}

#[tokio::test]
async fn running_task_keeps_its_fence_while_a_title_comes() {
    let world = World::new().await;
    let fixture = world.running().await;
    let title = world.everything(fixture.id).await.chat.title;
    let aside = Aside {
        title: Some(FoundTitle {
            title: "A better title".to_owned(),
            instead_of: title,
        }),
        charges: vec![charge(3)],
        ..Aside::default()
    };
    let ears = world.subscribe([Topic::ChatOwner(world.owner)]);
    let written = world.machine.aside(world.user(), fixture.id, aside).await;
    assert_eq!(written.unwrap().title, "A better title");
    assert_eq!(kinds(&delivered(&ears)), [OwnerEventKind::TitleChange]);
    world.answer(fixture, "Done").await;
}

#[tokio::test]
async fn title_that_somebody_gave_meanwhile_stays() {
    let world = World::new().await;
    let Fixture { id, runner: _ } = world.waiting().await;
    let before = world.everything(id).await.chat.title;
    let renamed = world.machine.set_title(world.user(), id, "Mine".into());
    renamed.await.unwrap();
    let ears = world.subscribe([Topic::ChatOwner(world.owner)]);
    let aside = Aside {
        title: Some(FoundTitle {
            title: "Theirs".to_owned(),
            instead_of: before,
        }),
        ..Aside::default()
    };
    let chat = world.machine.aside(world.user(), id, aside).await.unwrap();
    assert_eq!(chat.title, "Mine");
    assert!(delivered(&ears).is_empty());
}

#[tokio::test]
async fn turn_summary_is_told_and_dropped_where_the_conversation_has_gone_on() {
    let world = World::new().await;
    let Fixture { id, runner: _ } = world.waiting().await;
    let before = world.everything(id).await.chat;
    let ears = world.subscribe([Topic::ChatOwner(world.owner)]);
    let summary = |text: &str| Aside {
        turn_summary: Some(TurnSummary {
            text: text.to_owned(),
            history_version: before.history_version,
        }),
        ..Aside::default()
    };
    world.clock.advance(Duration::from_secs(60));
    let told = world.machine.aside(world.user(), id, summary("Fixed it."));
    let told = told.await.unwrap();
    assert_eq!(told.last_turn_summary.as_deref(), Some("Fixed it."));
    assert_eq!(told.updated_at, before.updated_at);
    assert_eq!(kinds(&delivered(&ears)), [OwnerEventKind::SummaryChange]);
    world.send(id, "And now?", BusyBehavior::Queue).await;
    let late = world.machine.aside(world.user(), id, summary("Too late."));
    let late = late.await.unwrap();
    assert_eq!(late.last_turn_summary.as_deref(), Some("Fixed it."));
}
