use std::time::Duration;

use muster_base::{Micros, MockClock};

use super::*;

fn key(chat_id: ChatId, generation_attempt: i64) -> EpisodeKey {
    EpisodeKey {
        chat_id,
        history_version: 1,
        generation_attempt,
    }
}

fn text(delta: String) -> LivePart {
    LivePart::Text { delta }
}

#[test]
fn closed_episode_is_kept_for_late_readers_then_forgotten() {
    let mock = MockClock::new(Micros(0));
    let buffer = PartBuffer::new(mock.clock());
    let key = key(ChatId::new(&mock.clock()), 1);
    buffer.open(key).close();
    mock.advance(EPISODE_KEEP - Duration::from_micros(1));
    buffer.sweep();
    assert!(buffer.get(key).is_some());
    mock.advance(Duration::from_micros(1));
    buffer.sweep();
    assert!(buffer.is_empty());
}

#[tokio::test]
async fn reader_that_came_before_the_episode_hears_of_it() {
    let clock = MockClock::new(Micros(0)).clock();
    let buffer = PartBuffer::new(clock.clone());
    let key = key(ChatId::new(&clock), 0);
    let mut watch = buffer.watch(key.chat_id);
    buffer.sweep();
    let episode = buffer.open(key);
    watch.changed().await;
    buffer.add(&episode, text("a".to_owned()));
    watch.changed().await;
    assert_eq!(buffer.get(key).unwrap().last_seq(), 1);
}

#[tokio::test]
async fn long_episode_is_due_for_spilling_once() {
    let clock = MockClock::new(Micros(0)).clock();
    let buffer = PartBuffer::new(clock.clone());
    let short = buffer.open(key(ChatId::new(&clock), 1));
    let long = buffer.open(key(ChatId::new(&clock), 1));
    buffer.add(&short, text("a".to_owned()));
    buffer.add(&long, text("b".repeat(SPILL_BYTES)));
    buffer.add(&long, text("c".to_owned()));
    let due = buffer.due().await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].key(), long.key());
}
