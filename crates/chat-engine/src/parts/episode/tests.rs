use muster_base::{ChatId, MockClock};
use proptest::prelude::*;

use super::*;

fn episode() -> Episode {
    let clock = MockClock::new(Micros(1)).clock();
    let key = EpisodeKey {
        chat_id: ChatId::NIL,
        history_version: 3,
        generation_attempt: 1,
    };
    Episode::new(key, clock, Arc::default())
}

fn text(delta: &str) -> LivePart {
    LivePart::Text {
        delta: delta.to_owned(),
    }
}

fn args(id: &str, delta: &str) -> LivePart {
    LivePart::ToolArgs {
        tool_call_id: id.to_owned(),
        tool_name: "execute".to_owned(),
        delta: delta.to_owned(),
    }
}

fn any_part() -> impl Strategy<Value = LivePart> {
    prop_oneof![
        "[a-zß€😀]{0,6}".prop_map(|delta| text(&delta)),
        "[a-z]{1,3}".prop_map(|delta| LivePart::Reasoning { delta }),
        ("[ab]", "[a-z\"é]{0,5}").prop_map(|(id, delta)| args(&id, &delta)),
        "[ab]".prop_map(|id| LivePart::ResultDelta {
            tool_call_id: id,
            tool_name: "execute".to_owned(),
            delta: "out\n".to_owned(),
        }),
    ]
}

fn parts_of(numbered: Vec<NumberedPart>) -> Vec<LivePart> {
    numbered.into_iter().map(|numbered| numbered.part).collect()
}

proptest! {
    #[test]
    fn any_suffix_is_cut_exactly_as_it_was_produced(
        parts in prop::collection::vec(any_part(), 0..40),
        max in 1..50_usize,
    ) {
        let episode = episode();
        for part in &parts {
            episode.add(part.clone());
        }
        for after in 0..=parts.len() {
            let suffix = episode.read_after(after as u64, max);
            let numbers: Vec<u64> = suffix.iter().map(|numbered| numbered.seq).collect();
            let expected: Vec<u64> = (after as u64 + 1..=parts.len() as u64).take(max).collect();
            prop_assert_eq!(numbers, expected);
            let expected: Vec<_> = parts.iter().skip(after).take(max).cloned().collect();
            prop_assert_eq!(parts_of(suffix), expected);
        }
    }

    #[test]
    fn spilled_runs_rebuild_the_same_episode(
        parts in prop::collection::vec(any_part(), 1..40),
        cuts in prop::collection::vec(any::<bool>(), 40),
    ) {
        let episode = episode();
        let mut stored = Vec::new();
        for (part, spill) in parts.iter().zip(cuts) {
            episode.add(part.clone());
            if spill {
                stored.extend(episode.take_unspilled().unwrap().1);
            }
        }
        stored.extend(episode.take_unspilled().map(|(_, runs)| runs).unwrap_or_default());
        let json = serde_json::to_string(&stored).unwrap();
        let runs = serde_json::from_str(&json).unwrap();
        let clock = episode.clock.clone();
        let again = Episode::from_runs(episode.key, episode.instance, clock, runs);
        prop_assert_eq!(parts_of(again.read_after(0, usize::MAX)), parts);
        prop_assert_eq!(again.last_seq(), episode.last_seq());
    }
}

#[test]
fn adjacent_deltas_of_one_text_are_kept_as_one() {
    let episode = episode();
    for part in [
        text("a"),
        text("b"),
        args("1", "{"),
        args("1", "}"),
        args("2", "{}"),
    ] {
        episode.add(part);
    }
    assert_eq!(
        episode.merged(),
        [text("ab"), args("1", "{}"), args("2", "{}")]
    );
}

#[test]
fn full_episode_takes_nothing_more_not_even_a_smaller_part() {
    let episode = episode();
    let half = "x".repeat(EPISODE_BYTES_MAX / 2);
    assert_eq!(episode.add(text(&half)), Some(1));
    assert_eq!(episode.add(text(&half)), None);
    assert_eq!(episode.add(text("y")), None);
    assert_eq!(episode.last_seq(), 1);
}

#[test]
fn closed_episode_stays_readable_and_takes_nothing_more() {
    let episode = episode();
    episode.add(text("a"));
    episode.close();
    assert_eq!(episode.add(text("b")), None);
    assert_eq!(parts_of(episode.read_after(0, 9)), [text("a")]);
    assert_eq!(episode.closed_at(), Some(Micros(1)));
}
