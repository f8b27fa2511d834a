//! Whole turns: what is stored, what the model was asked, and who owns the chat afterwards.

use muster_chat_state::transitions::BusyBehavior;
use muster_store::chats::ChatStatus;

use crate::model::{FakeModel, text};
use crate::support::World;

#[tokio::test]
async fn text_only_turn_is_answered_and_let_go_of() {
    let world = World::new(FakeModel::new(|_, _| text("Good morning."))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let row = world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(
        world.transcript(chat).await,
        ["user: Hello.", "assistant: Good morning."]
    );
    assert_eq!((row.worker_id, row.last_error), (None, None));
    engine.shutdown().await;
}

#[tokio::test]
async fn answer_carries_usage_cost_and_context_limit() {
    let world = World::new(FakeModel::new(|_, _| text("Hi."))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let (_, messages) = world.read(chat).await;
    let answer = messages.last().unwrap();
    // 1,000 tokens at 2 dollars and 10 at 10 dollars per million.
    assert_eq!(answer.total_cost_micros, Some(2_100));
    assert_eq!(answer.usage.input_tokens, Some(1_000));
    assert_eq!(answer.usage.context_limit, Some(100_000));
    engine.shutdown().await;
}

#[tokio::test]
async fn request_holds_prompt_tools_and_attribution() {
    let world = World::new(FakeModel::new(|_, _| text("Hi."))).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let requests = world.model.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    assert_eq!(request.model, "fake-1");
    assert_eq!(request.system[0].text, "You are a test.");
    assert_eq!(request.messages.len(), 1);
    assert_eq!(request.tools.len(), 17);
    let attribution = request.attribution.unwrap();
    assert_eq!((attribution.chat, attribution.owner), (chat, world.owner));
    engine.shutdown().await;
}

#[tokio::test]
async fn next_turn_repeats_the_first_one_byte_for_byte() {
    let world = World::new(FakeModel::new(|n, _| text(&format!("Answer {n}.")))).await;
    let engine = world.engine();
    let chat = world.chat("Turn 0.").await;
    for turn in 1..4 {
        world.until_status(chat, ChatStatus::Waiting).await;
        let words = format!("Turn {turn}.");
        world.send(chat, &words, BusyBehavior::Queue).await;
    }
    world.until_status(chat, ChatStatus::Waiting).await;
    let requests = world.model.requests();
    for pair in requests.windows(2) {
        let (shorter, longer) = (&pair[0], &pair[1]);
        assert_eq!(shorter.system, longer.system);
        assert_eq!(shorter.tools, longer.tools);
        let known = longer.messages.iter().take(shorter.messages.len());
        for (one, other) in shorter.messages.iter().zip(known) {
            assert_eq!((one.role, &one.parts), (other.role, &other.parts));
        }
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn queued_messages_are_answered_in_their_order() {
    let world = World::new(FakeModel::new(|n, _| text(&format!("Answer {n}.")))).await;
    let chat = world.chat("One.").await;
    world.send(chat, "Two.", BusyBehavior::Queue).await;
    world.send(chat, "Three.", BusyBehavior::Queue).await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(
        world.transcript(chat).await,
        [
            "user: One.",
            "assistant: Answer 0.",
            "user: Two.",
            "assistant: Answer 1.",
            "user: Three.",
            "assistant: Answer 2.",
        ]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn chat_without_a_usable_model_says_so() {
    let world = World::new(FakeModel::new(|_, _| text("never"))).await;
    let setup = muster_rbac::Actor::system(muster_rbac::Purpose::Setup);
    for config in world.store.list_model_configs(&setup).await.unwrap() {
        let deleted = world.store.delete_model_config(&setup, config.id);
        deleted.await.unwrap();
    }
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let row = world.until_status(chat, ChatStatus::Error).await;
    assert_eq!(row.last_error.unwrap().kind, "config");
    assert!(world.model.requests().is_empty());
    engine.shutdown().await;
}

#[tokio::test]
async fn shutdown_lets_go_and_the_next_engine_goes_on() {
    let model = FakeModel::new(|n, _| match n {
        0 => crate::model::hangs_after("I was"),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    // The attempt is recorded before the model is asked.
    let asked = async {
        while world.model.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    crate::support::in_time(asked).await;
    engine.shutdown().await;
    let (row, _) = world.read(chat).await;
    assert_eq!((row.status, row.worker_id), (ChatStatus::Running, None));
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(
        world.transcript(chat).await,
        ["user: Hello.", "assistant: Done."]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn pause_is_gone_on_with_even_by_another_engine() {
    let model = FakeModel::new(|n, _| match n {
        0 => crate::model::pauses_in_search("s1"),
        1 => crate::model::hangs_after("I am"),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    let asked_twice = async {
        while world.model.requests().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    crate::support::in_time(asked_twice).await;
    engine.shutdown().await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(
        world.transcript(chat).await,
        [
            "user: Hello.",
            "assistant: call s1 web_search",
            "assistant: Done."
        ]
    );
    let requests = world.model.requests();
    let open = requests[1].messages.last().unwrap();
    assert_eq!(open.role, muster_llm::Role::Assistant);
    assert_eq!(requests[1].messages, requests[2].messages);
    engine.shutdown().await;
}

#[tokio::test]
async fn pause_without_a_word_is_tried_again() {
    let model = FakeModel::new(|n, _| match n {
        0 => crate::model::pauses(),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat("Hello.").await;
    world.clock.armed("model.retry").await;
    world.clock.advance(std::time::Duration::from_secs(60));
    world.until_status(chat, ChatStatus::Waiting).await;
    let transcript = world.transcript(chat).await;
    assert_eq!(transcript, ["user: Hello.", "assistant: Done."]);
    engine.shutdown().await;
}
