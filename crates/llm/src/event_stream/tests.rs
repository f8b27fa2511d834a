use proptest::prelude::*;

use super::*;

/// A message with text headers.
pub(crate) fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(u8::try_from(name.len()).unwrap());
        block.extend(name.as_bytes());
        block.push(TEXT);
        block.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        block.extend(value.as_bytes());
    }
    sealed(&block, payload)
}

fn sealed(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = PRELUDE_BYTES + headers.len() + payload.len() + CRC_BYTES;
    let mut bytes = u32::try_from(total).unwrap().to_be_bytes().to_vec();
    bytes.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes.extend(headers);
    bytes.extend(payload);
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

pub(crate) fn event(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [
        (":message-type", "event"),
        (":content-type", "application/json"),
        (":event-type", kind),
    ];
    frame(&headers, payload.as_bytes())
}

pub(crate) fn exception(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [(":exception-type", kind), (":message-type", "exception")];
    frame(&headers, payload.as_bytes())
}

fn parse(bytes: &[u8]) -> (Vec<(String, String)>, Result<(), FrameError>) {
    let mut out = Vec::new();
    let result = push(&mut FrameParser::default(), bytes, &mut out);
    let events = out.into_iter().map(|event| (event.event, event.data));
    (events.collect(), result)
}

fn push(
    parser: &mut FrameParser,
    mut bytes: &[u8],
    out: &mut Vec<SseEvent>,
) -> Result<(), FrameError> {
    while let Some(event) = parser.next_event(&mut bytes)? {
        out.push(event);
    }
    Ok(())
}

#[test]
fn the_checksum_is_the_usual_one() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(crc32(b""), 0);
}

#[test]
fn the_published_empty_message_is_one() {
    // From the format's own test vectors: no headers, no payload.
    let bytes = [
        0, 0, 0, 16, 0, 0, 0, 0, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8, 0xFF,
    ];
    assert_eq!(sealed(b"", b""), bytes);
    assert_eq!(parse(&bytes), (vec![], Ok(())));
}

#[test]
fn messages_become_events_and_exceptions() {
    let mut bytes = event("chunk", "{}");
    bytes.extend(exception("throttlingException", "{\"message\":\"slow\"}"));
    let error = [(":message-type", "error"), (":error-code", "Internal")];
    bytes.extend(frame(&error, b""));
    bytes.extend(frame(&[(":message-type", "of tomorrow")], b"x"));
    let text = |text: &str| text.to_owned();
    let expected = vec![
        (text("chunk"), text("{}")),
        (
            text("exception:throttlingException"),
            text("{\"message\":\"slow\"}"),
        ),
        (text("exception:Internal"), text("")),
    ];
    assert_eq!(parse(&bytes), (expected, Ok(())));
}

#[test]
fn headers_of_every_type_are_stepped_over() {
    let mut headers = Vec::new();
    for (kind, bytes) in [
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 4),
        (5, 8),
        (8, 8),
        (9, 16),
    ] {
        headers.extend([1, b'x', kind]);
        headers.extend(vec![0; bytes]);
    }
    headers.extend([1, b'y', 6, 0, 2, 1, 2]);
    headers.extend(b"\x0d:message-type\x07\x00\x05event\x0b:event-type\x07\x00\x01z");
    let (events, result) = parse(&sealed(&headers, b"p"));
    assert_eq!(result, Ok(()));
    assert_eq!(events, [("z".to_owned(), "p".to_owned())]);
    headers.extend([1, b'x', 10]);
    assert_eq!(parse(&sealed(&headers, b"")).1, Err(FrameError::Damaged));
}

#[test]
fn every_damaged_byte_is_noticed() {
    let good = event("chunk", "{\"bytes\":\"e30=\"}");
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        // A longer length is noticed by its checksum, before anything more is waited for.
        let (events, result) = parse(&bad);
        assert!(events.is_empty() && result.is_err(), "byte {at}");
    }
}

#[test]
fn lengths_are_limited_and_must_fit_each_other() {
    let head = |total: usize, headers: usize| {
        let mut bytes = u32::try_from(total).unwrap().to_be_bytes().to_vec();
        bytes.extend(u32::try_from(headers).unwrap().to_be_bytes());
        bytes.extend(crc32(&bytes).to_be_bytes());
        parse(&bytes).1
    };
    assert_eq!(head(SSE_EVENT_BYTES_MAX, 0), Ok(()));
    assert_eq!(head(SSE_EVENT_BYTES_MAX + 1, 0), Err(FrameError::TooLarge));
    assert_eq!(head(HEADERS_BYTES_MAX + 16, HEADERS_BYTES_MAX), Ok(()));
    assert_eq!(
        head(HEADERS_BYTES_MAX + 17, HEADERS_BYTES_MAX + 1),
        Err(FrameError::Damaged)
    );
    assert_eq!(head(15, 0), Err(FrameError::Damaged));
    assert_eq!(head(16, 1), Err(FrameError::Damaged));
}

proptest! {
    #[test]
    fn cuts_change_nothing(payloads in prop::collection::vec(".{0,40}", 0..6), step in 1_usize..40) {
        let bytes: Vec<u8> = payloads.iter().flat_map(|text| event("chunk", text)).collect();
        let mut parser = FrameParser::default();
        let mut out = Vec::new();
        for piece in bytes.chunks(step) {
            push(&mut parser, piece, &mut out).unwrap();
        }
        let data: Vec<String> = out.into_iter().map(|event| event.data).collect();
        prop_assert_eq!(data, payloads);
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (_, _) = parse(&bytes);
        let (_, _) = parse(&sealed(&bytes, &bytes));
    }
}
