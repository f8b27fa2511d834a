//! Messages of AWS, written without looking at the reader of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The events of a stream as messages of AWS.
pub(crate) fn frames(stream: &[u8]) -> Vec<u8> {
    let stream = String::from_utf8_lossy(stream);
    let data = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let payloads = data.map(|data| format!("{{\"bytes\":\"{}\"}}", STANDARD.encode(data)));
    payloads
        .flat_map(|payload| frame(&[(":event-type", "chunk")], payload.as_bytes()))
        .collect()
}

/// One message of AWS, with its two checksums.
pub(crate) fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    let event = [(":message-type", "event")];
    let is_typed = headers.iter().any(|(name, _)| *name == ":message-type");
    let event = event.iter().filter(|_| !is_typed);
    for (name, value) in headers.iter().chain(event) {
        block.push(u8::try_from(name.len()).expect("short"));
        block.extend(name.as_bytes());
        block.push(7);
        block.extend(u16::try_from(value.len()).expect("short").to_be_bytes());
        block.extend(value.as_bytes());
    }
    let mut bytes = prelude(16 + block.len() + payload.len(), block.len());
    bytes.extend(block);
    bytes.extend(payload);
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

/// The beginning of a message: its lengths and their checksum.
pub(crate) fn prelude(total: usize, headers: usize) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).expect("short").to_be_bytes();
    let mut bytes = [number(total), number(headers)].concat();
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
