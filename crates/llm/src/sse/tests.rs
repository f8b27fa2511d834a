use proptest::prelude::*;

use super::*;

fn event(name: &str, data: &str) -> SseEvent {
    SseEvent {
        event: name.to_owned(),
        data: data.to_owned(),
    }
}

fn parse(pieces: &[&[u8]]) -> Vec<SseEvent> {
    let mut parser = SseParser::new();
    let mut out = Vec::new();
    for piece in pieces {
        push(&mut parser, piece, &mut out).unwrap();
    }
    out
}

fn push(
    parser: &mut SseParser,
    mut bytes: &[u8],
    out: &mut Vec<SseEvent>,
) -> Result<(), EventTooLarge> {
    while let Some(event) = parser.next_event(&mut bytes)? {
        out.push(event.clone());
    }
    assert!(bytes.is_empty(), "all bytes are taken");
    Ok(())
}

fn check(stream: &str, expected: &[SseEvent]) {
    let bytes = stream.as_bytes();
    assert_eq!(parse(&[bytes]), expected, "in one piece: {stream:?}");
    for cut in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(parse(&[head, tail]), expected, "cut at {cut}: {stream:?}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(parse(&single), expected, "byte by byte: {stream:?}");
}

#[test]
fn every_line_ending_separates_lines_at_every_cut() {
    let expected = [event("a", "1"), event("", "2")];
    check("event: a\ndata: 1\n\ndata: 2\n\n", &expected);
    check("event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", &expected);
    check("event: a\rdata: 1\r\rdata: 2\r\r", &expected);
    check("event: a\r\ndata: 1\n\r\ndata: 2\r\n\n", &expected);
}

#[test]
fn data_lines_join_and_one_leading_space_is_dropped() {
    check(
        "data:one\ndata:  two\ndata\ndata:\n\n",
        &[event("", "one\n two\n\n")],
    );
}

#[test]
fn a_byte_order_mark_is_skipped_only_at_the_start() {
    check("\u{FEFF}data: x\n\n", &[event("", "x")]);
    check("\n\u{FEFF}data: x\n\n", &[]);
}

#[test]
fn comments_unknown_fields_and_events_without_data_are_not_dispatched() {
    check(
        ": hello\n\nid: 7\nretry: 5\n\nevent: ping\n\ndata: x\n\n",
        &[event("", "x")],
    );
    check("event: stale\n\ndata: x\n\n", &[event("", "x")]);
}

#[test]
fn an_event_without_its_blank_line_is_not_dispatched() {
    check("data: x\n\ndata: lost\n", &[event("", "x")]);
}

#[test]
fn characters_survive_cuts_and_broken_bytes_become_replacements() {
    check("data: grüße 🦀\n\n", &[event("", "grüße 🦀")]);
    assert_eq!(parse(&[b"data: \xFFx\n\n"]), [event("", "\u{FFFD}x")]);
}

#[test]
fn an_event_at_the_limit_passes_and_one_byte_more_fails() {
    let fill = |bytes: usize| {
        let mut line = b"data:".to_vec();
        line.resize(bytes, b'x');
        line
    };
    let mut out = Vec::new();
    let mut parser = SseParser::new();
    push(&mut parser, &fill(SSE_EVENT_BYTES_MAX), &mut out).unwrap();
    push(&mut parser, b"\n\n", &mut out).unwrap();
    assert_eq!(out[0].data.len(), SSE_EVENT_BYTES_MAX - 5);

    let mut parser = SseParser::new();
    push(&mut parser, b"data: first\n\n", &mut out).unwrap();
    let failed = push(&mut parser, &fill(SSE_EVENT_BYTES_MAX + 1), &mut out);
    assert_eq!(failed, Err(EventTooLarge));
    assert_eq!(out.last(), Some(&event("", "first")));
}

#[test]
fn many_small_lines_of_one_event_count_together() {
    let mut parser = SseParser::new();
    let mut out = Vec::new();
    let mut line = b"data:".to_vec();
    line.resize(1024 * 1024, b'y');
    line.push(b'\n');
    let failed = (0..17).find_map(|_| push(&mut parser, &line, &mut out).err());
    assert_eq!(failed, Some(EventTooLarge));
}

proptest! {
    #[test]
    fn random_cuts_of_random_streams_never_change_the_events(
        lines in prop::collection::vec("(data|event|id|)(:| : |: )?[a-zß🦀: ]{0,12}", 0..12),
        endings in prop::collection::vec(prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", "\r\n\r\n"]), 12),
        bom in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut stream = if bom { "\u{FEFF}".to_owned() } else { String::new() };
        for (line, ending) in lines.iter().zip(endings) {
            stream.push_str(line);
            stream.push_str(ending);
        }
        let bytes = stream.as_bytes();
        let whole = parse(&[bytes]);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in at {
            pieces.push(&bytes[from..cut]);
            from = cut;
        }
        pieces.push(&bytes[from..]);
        prop_assert_eq!(parse(&pieces), whole);
    }
}
