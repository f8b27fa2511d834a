//! Recorded answers, and the ways to break them.

use std::fs;
use std::path::Path;

use muster_llm::{AnswerDecoder, ProviderKind, Request, WireApi};

use crate::frames::frames;
use crate::rng::Rng;

/// A recorded answer and who gave it.
#[derive(Debug)]
pub(crate) struct Seed {
    pub(crate) provider: ProviderKind,
    pub(crate) wire_api: Option<WireApi>,
    /// One JSON body instead of a stream.
    pub(crate) is_whole: bool,
    text: Vec<u8>,
}

impl Seed {
    /// The answer before it is broken.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.text.clone()
    }
}

/// The fixtures of a folder, and who answers like that.
const FOLDERS: [(&str, &[ProviderKind], Option<WireApi>); 4] = [
    (
        "anthropic",
        &[ProviderKind::Anthropic, ProviderKind::Bedrock],
        None,
    ),
    (
        "openai",
        &[
            ProviderKind::Openai,
            ProviderKind::Azure,
            ProviderKind::OpenaiCompat,
            ProviderKind::Openrouter,
            ProviderKind::Vercel,
        ],
        Some(WireApi::ChatCompletions),
    ),
    (
        "responses",
        &[ProviderKind::Openai, ProviderKind::Azure],
        Some(WireApi::Responses),
    ),
    ("gemini", &[ProviderKind::Google], None),
];

/// All recorded answers of all providers.
pub(crate) fn all() -> Vec<Seed> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut seeds = Vec::new();
    for (folder, providers, wire_api) in FOLDERS {
        let Ok(files) = fs::read_dir(fixtures.join(folder)) else {
            continue;
        };
        let mut files: Vec<_> = files.flatten().map(|file| file.path()).collect();
        files.sort();
        for file in files {
            let extension = file.extension().and_then(|name| name.to_str());
            let is_whole = match extension {
                Some("sse") => false,
                Some("json") => true,
                _ => continue,
            };
            let text = fs::read(&file).expect("a fixture is readable");
            for provider in providers {
                let request = Request {
                    wire_api,
                    ..Request::default()
                };
                if AnswerDecoder::new(*provider, &request).is_err() {
                    continue;
                }
                let framed = *provider == ProviderKind::Bedrock && !is_whole;
                seeds.push(Seed {
                    provider: *provider,
                    wire_api,
                    is_whole,
                    text: if framed { frames(&text) } else { text.clone() },
                });
            }
        }
    }
    assert!(!seeds.is_empty(), "no fixtures");
    seeds
}

/// Pieces that readers stumble over.
const PIECES: [&[u8]; 28] = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\n\r\n",
    b"\xEF\xBB\xBF",
    b"\xFF",
    b"\xF0\x9F",
    b"\x00",
    b": comment\n",
    b"data:",
    b"data: [DONE]\n\n",
    b"event: error\n",
    b"data: {}\n\n",
    b"data: null\n\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\ud800",
    b"\\u0000",
    b",",
    b":",
    b"\"type\":\"error\",",
    b"\"index\":99,",
    b"\"error\":{\"code\":529},",
];

/// Values of another type than expected.
const VALUES: [&str; 16] = [
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e999",
    "18446744073709551616",
    "9223372036854775807",
    "\"\"",
    "\"x\"",
    "\"\\ud83e\\udd80\"",
    "[]",
    "{}",
    "[null]",
    "[[[[[[[[]]]]]]]]",
    "{\"type\":\"text\",\"text\":7}",
];

/// Breaks an answer in one to six places.
pub(crate) fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>, seeds: &[Seed]) {
    for _ in 0..=rng.below(6) {
        let place = rng.range(bytes.len());
        match rng.below(12) {
            0 => drop(bytes.splice(place, [])),
            1 => {
                let copy = bytes[place.clone()].to_vec();
                drop(bytes.splice(place.end..place.end, copy));
            }
            2 => bytes.truncate(place.start),
            3 => {
                if let Some(byte) = bytes.get_mut(place.start) {
                    *byte ^= 1 << rng.below(8);
                }
            }
            4..7 => {
                let piece = *rng.pick(&PIECES);
                drop(bytes.splice(place.start..place.start, piece.iter().copied()));
            }
            7..10 => replace_value(rng, bytes, place.start),
            10 => swap_events(rng, bytes),
            _ => graft(rng, bytes, place.start, seeds),
        }
    }
    if rng.below(2_000) == 0 {
        let nested = "[".repeat(rng.below(100_000));
        drop(bytes.splice(0..0, format!("data: {nested}\n\n").into_bytes()));
    }
}

/// Puts another value behind the next colon.
fn replace_value(rng: &mut Rng, bytes: &mut Vec<u8>, from: usize) {
    let find = |from: usize, signs: &[u8]| {
        let tail = bytes.get(from..).unwrap_or_default();
        let at = tail.iter().position(|byte| signs.contains(byte));
        at.map(|at| from + at)
    };
    let Some(colon) = find(from, b":") else {
        return;
    };
    let Some(end) = find(colon + 1, b",}]\n") else {
        return;
    };
    let value = rng.pick(&VALUES).bytes();
    drop(bytes.splice(colon + 1..end, value));
}

fn swap_events(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut events: Vec<&str> = text.split_inclusive("\n\n").collect();
    let (one, other) = (rng.below(events.len()), rng.below(events.len()));
    if !events.is_empty() {
        events.swap(one, other);
    }
    *bytes = events.concat().into_bytes();
}

/// Puts a piece of another answer here.
fn graft(rng: &mut Rng, bytes: &mut Vec<u8>, at: usize, seeds: &[Seed]) {
    let other = &rng.pick(seeds).text;
    let place = rng.range(other.len());
    let piece = other[place].to_vec();
    drop(bytes.splice(at..at, piece));
}

/// Lines that are almost a stream.
pub(crate) fn random_lines(rng: &mut Rng) -> Vec<u8> {
    const STARTS: [&str; 9] = [
        "data", "data:", "data: ", "event: ", "event:", ":", "id: 7", "retry", "",
    ];
    const ENDS: [&str; 5] = ["\n", "\r", "\r\n", "\n\n", "\r\n\r\n"];
    let mut bytes = Vec::new();
    if rng.below(4) == 0 {
        bytes.extend(b"\xEF\xBB\xBF");
    }
    for _ in 0..rng.below(12) {
        bytes.extend(rng.pick(&STARTS).bytes());
        let length = if rng.below(5_000) == 0 {
            rng.below(300_000)
        } else {
            rng.below(24)
        };
        let is_text = rng.below(3) > 0;
        for _ in 0..length {
            if is_text {
                bytes.push(b' ' + u8::try_from(rng.below(90)).unwrap_or(0));
            } else {
                bytes.extend(rng.next().to_le_bytes().first());
            }
        }
        if rng.below(4) == 0 {
            bytes.extend("ü🦀".bytes());
        }
        bytes.extend(rng.pick(&ENDS).bytes());
    }
    bytes
}

/// Words of errors, keys, addresses and nonsense.
pub(crate) fn random_words(rng: &mut Rng) -> String {
    const WORDS: [&str; 24] = [
        "overloaded",
        "rate_limit",
        "quota",
        "status 503",
        "http",
        "401",
        "eof",
        "Bearer",
        "sk-abcdefgh",
        "https://user:pw@host/x?key=1",
        "://",
        "=",
        ":",
        "model",
        "not found",
        "try again in 1m2.5s",
        "retry after",
        "99999999999999999999 seconds",
        "previous response",
        "🦀",
        "Größe",
        "\u{0}",
        "ThrottlingException",
        "İ",
    ];
    let mut text = String::new();
    for _ in 0..rng.below(12) {
        text.push_str(rng.pick::<&str>(&WORDS));
        text.push_str(rng.pick::<&str>(&[" ", "", "-", "\"", "\n", "_"]));
    }
    if rng.below(500) == 0 {
        text = text.repeat(rng.below(400));
    }
    text
}
