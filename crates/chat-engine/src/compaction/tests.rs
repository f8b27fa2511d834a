use super::*;

fn window(used: i64) -> Window {
    Window::new(used, 1_000)
}

fn last(context_tokens: i64, ineffective: i64) -> Last {
    Last {
        id: MessageId(1),
        has_failed: false,
        is_manual: false,
        counters: Counters {
            context_tokens,
            ineffective,
            ..Counters::default()
        },
    }
}

const fn since(first_used: i64) -> Since {
    Since {
        first_used: Some(first_used),
        is_same_turn: true,
    }
}

/// The counters that a compaction would carry; `None` where there is none.
fn counted(used: i64, before: Option<(Last, Since)>, is_stopped: bool) -> Option<(i64, i64)> {
    match decide(window(used), before, is_stopped) {
        Decision::Compact(counters) => Some((counters.ineffective, counters.reentries)),
        Decision::GoOn | Decision::GiveUp => None,
    }
}

#[test]
fn threshold_is_reached_at_its_edge_and_never_at_one_hundred() {
    let reached = |used, percent| {
        let source = ThresholdSource::ModelDefault;
        window(used).has_reached(Threshold { percent, source })
    };
    assert!(!reached(699, 70));
    assert!(reached(700, 70));
    assert!(reached(0, 0));
    assert!(reached(990, 99));
    assert!(!reached(2_000, 100));
    assert_eq!(Window::new(1, 0).limit, CONTEXT_TOKENS_DEFAULT);
}

#[test]
fn first_compaction_needs_nothing_but_the_threshold() {
    assert_eq!(counted(700, None, false), Some((0, 0)));
    assert_eq!(counted(700, None, true), Some((0, 1)));
}

#[test]
fn next_one_waits_for_half_a_window_of_new_tokens() {
    let before = (last(800, 0), since(200));
    assert_eq!(counted(699, Some(before), false), None);
    assert_eq!(counted(700, Some(before), false), Some((0, 0)));
    let before = (last(900, 0), since(500));
    assert_eq!(counted(949, Some(before), false), None);
    assert_eq!(counted(950, Some(before), false), Some((0, 0)), "urgent");
}

#[test]
fn nothing_is_judged_before_a_step_has_seen_the_summary() {
    let before = (last(990, 1), Since::default());
    assert_eq!(decide(window(990), Some(before), false), Decision::GoOn);
}

#[test]
fn two_in_a_row_that_free_too_little_are_the_last() {
    let little = since(751);
    let first = (last(1_000, 0), little);
    assert_eq!(counted(960, Some(first), false), Some((1, 0)));
    let enough = (last(1_000, 0), since(750));
    assert_eq!(counted(960, Some(enough), false), Some((0, 0)));
    let second = (last(1_000, 1), little);
    assert_eq!(decide(window(960), Some(second), false), Decision::GiveUp);
    assert_eq!(decide(window(940), Some(second), false), Decision::GoOn);
    let failed = Last {
        has_failed: true,
        ..last(1_000, 1)
    };
    let second = (failed, since(100));
    assert_eq!(decide(window(960), Some(second), false), Decision::GiveUp);
}

#[test]
fn person_who_asks_gives_it_another_try() {
    let manual = Last {
        is_manual: true,
        ..last(1_000, 1)
    };
    let before = (manual, since(960));
    assert_eq!(counted(960, Some(before), false), Some((0, 0)));
}

#[test]
fn stopped_model_is_called_again_three_times_in_a_turn() {
    let again = |reentries, is_same_turn| {
        let mut last = last(900, 0);
        last.counters.reentries = reentries;
        let since = Since {
            first_used: Some(100),
            is_same_turn,
        };
        counted(900, Some((last, since)), true)
    };
    assert_eq!(again(2, true), Some((0, 3)));
    assert_eq!(again(3, true), None);
    assert_eq!(again(3, false), Some((0, 1)));
}

#[test]
fn counters_are_read_from_what_people_see() {
    let counters = Counters {
        ineffective: 1,
        reentries: 2,
        repeated: 3,
        context_tokens: 800,
    };
    let shown = Shown {
        call_id: "chat_summarized_1".to_owned(),
        source: Source::Automatic,
        threshold_percent: 70,
        window: window(800),
    };
    let stored = content::encode(&[shown.result(Ok("All."), counters)]).unwrap();
    let read = Last::read(MessageId(5), &stored).unwrap();
    assert_eq!(read.counters, counters);
    assert!(!read.has_failed && !read.is_manual);
    let failed = content::encode(&[shown.result(Err("No."), counters)]).unwrap();
    assert!(Last::read(MessageId(5), &failed).unwrap().has_failed);
    let other = content::encode(&[Part::text("x")]).unwrap();
    assert_eq!(Last::read(MessageId(5), &other), None);
}
