use muster_base::{ChatId, MessageId, Micros, UserId};
use muster_store::chat_messages::{Message, Role, Usage, Visibility};

use super::*;

fn message(bytes: usize) -> StreamEvent {
    StreamEvent::Message(Box::new(Message {
        id: MessageId(1),
        chat_id: ChatId::NIL,
        owner_id: UserId::NIL,
        revision: 1,
        role: Role::User,
        visibility: Visibility::Both,
        content: "x".repeat(bytes),
        content_version: 1,
        created_by: None,
        model_config_id: None,
        reasoning_effort: None,
        compressed: false,
        deleted: false,
        usage: Usage::default(),
        total_cost_micros: None,
        runtime_ms: None,
        provider_response_id: None,
        effect_id: None,
        created_at: Micros::ZERO,
    }))
}

/// How many events each frame gets.
fn check(events: impl Iterator<Item = StreamEvent>, frames: &[usize]) {
    let mut pending: VecDeque<StreamEvent> = events.collect();
    let mut counts = Vec::new();
    while !pending.is_empty() {
        counts.push(take_frame(&mut pending).len());
    }
    assert_eq!(counts, frames);
}

#[test]
fn frame_ends_with_the_event_that_fills_it() {
    let aim = FRAME_BYTES_AIM;
    check([aim, 1].map(message).into_iter(), &[1, 1]);
    check([aim - 1, 1, 1].map(message).into_iter(), &[2, 1]);
    check([2 * aim, 2 * aim].map(message).into_iter(), &[1, 1]);
}

#[test]
fn frame_holds_so_many_events_at_most() {
    let some = |count| std::iter::repeat_with(|| message(2)).take(count);
    check(some(FRAME_EVENTS_MAX), &[FRAME_EVENTS_MAX]);
    check(some(FRAME_EVENTS_MAX + 1), &[FRAME_EVENTS_MAX, 1]);
}
