use super::*;
use crate::testing::text_part;

fn text(index: usize, pieces: &[&str]) -> Vec<StreamEvent> {
    let mut events = vec![StreamEvent::TextStart { index }];
    events.extend(pieces.iter().map(|piece| StreamEvent::TextDelta {
        index,
        text: (*piece).to_owned(),
    }));
    events
}

fn fold(events: &[StreamEvent]) -> Fold {
    let mut fold = Fold::new();
    events.iter().for_each(|event| fold.push(event));
    fold
}

#[test]
fn an_interrupted_answer_keeps_what_has_come() {
    let mut events = text(0, &["Hel", "lo"]);
    events.push(StreamEvent::TextEnd {
        index: 0,
        native: None,
    });
    events.push(StreamEvent::ToolInputStart {
        index: 1,
        id: "a".to_owned(),
        name: "x".to_owned(),
        provider_executed: false,
    });
    events.push(StreamEvent::ToolInputDelta {
        index: 1,
        delta: "{\"a".to_owned(),
    });
    let fold = fold(&events);
    assert_eq!(fold.finish(), None);
    let call = ToolCall {
        id: "a".to_owned(),
        name: "x".to_owned(),
        args: "{\"a".to_owned(),
        ..ToolCall::default()
    };
    assert_eq!(
        fold.parts(),
        [text_part("Hello", None), Part::ToolCall(call)]
    );
    assert_eq!(fold.complete_parts(), [text_part("Hello", None)]);
}

#[test]
fn empty_texts_never_become_parts_and_interleaved_ones_stay_apart() {
    let mut events = text(0, &[]);
    events.extend(text(1, &["one"]));
    events.extend(text(2, &["two"]));
    events.push(StreamEvent::TextDelta {
        index: 1,
        text: " more".to_owned(),
    });
    events.push(StreamEvent::ReasoningStart { index: 3 });
    let parts = fold(&events).parts();
    assert_eq!(parts, [text_part("one more", None), text_part("two", None)]);
}

#[test]
fn a_delta_without_a_start_is_ignored() {
    let stray = StreamEvent::TextDelta {
        index: 9,
        text: "stray".to_owned(),
    };
    assert!(fold(&[stray]).parts().is_empty());
}
