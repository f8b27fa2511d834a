//! How fast answers are decoded.

use std::hint::black_box;

use muster_base::Clock;
use muster_llm::{AnswerDecoder, ProviderKind, Request, WireApi};

use crate::frames::frames;

const STREAM_BYTES: usize = 32_000_000;
const PIECE_BYTES: usize = 16 * 1024;
const RUNS: usize = 5;

/// A recorded stream, and the line from which on an event is repeated.
struct Case {
    name: &'static str,
    provider: ProviderKind,
    wire_api: Option<WireApi>,
    stream: &'static str,
    delta: &'static str,
}

const ANTHROPIC: &str = include_str!("../../tests/fixtures/anthropic/text.sse");
const OPENAI: &str = include_str!("../../tests/fixtures/openai/text.sse");
const RESPONSES: &str = include_str!("../../tests/fixtures/responses/text.sse");
const GEMINI: &str = include_str!("../../tests/fixtures/gemini/text.sse");

const CASES: [Case; 5] = [
    Case {
        name: "anthropic",
        provider: ProviderKind::Anthropic,
        wire_api: None,
        stream: ANTHROPIC,
        delta: "text_delta",
    },
    Case {
        name: "bedrock",
        provider: ProviderKind::Bedrock,
        wire_api: None,
        stream: ANTHROPIC,
        delta: "text_delta",
    },
    Case {
        name: "openai responses",
        provider: ProviderKind::Openai,
        wire_api: Some(WireApi::Responses),
        stream: RESPONSES,
        delta: "response.output_text.delta",
    },
    Case {
        name: "openai chat completions",
        provider: ProviderKind::Openai,
        wire_api: Some(WireApi::ChatCompletions),
        stream: OPENAI,
        delta: "\"content\":\"",
    },
    Case {
        name: "google",
        provider: ProviderKind::Google,
        wire_api: None,
        stream: GEMINI,
        delta: "\"text\": \"Gr",
    },
];

/// One line per format: the best of several runs, for whatever disturbs only slows.
pub(crate) fn all() -> impl Iterator<Item = String> {
    CASES.iter().map(|case| {
        let stream = stream(case);
        let mut best = f64::INFINITY;
        let mut count = 0;
        for _ in 0..RUNS {
            let stopwatch = Clock::system().stopwatch();
            count = decode(case, &stream);
            best = best.min(stopwatch.elapsed().as_secs_f64());
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let (bytes, events) = (stream.len() as f64 / 1e6, f64::from(count) / best);
        format!("{:<28}{:>10.0}{events:>16.0}", case.name, bytes / best)
    })
}

/// The recorded stream with its deltas repeated up to the size.
fn stream(case: &Case) -> Vec<u8> {
    let events: Vec<&str> = case.stream.split_inclusive("\n\n").collect();
    let deltas = events.iter().filter(|event| event.contains(case.delta));
    let deltas: String = deltas.copied().collect();
    let first = events.iter().position(|event| event.contains(case.delta));
    let first = first.expect("the recording has a delta");
    let mut text = events[..first].concat();
    while text.len() < STREAM_BYTES {
        text.push_str(&deltas);
    }
    text.push_str(&events[first..].concat());
    match case.provider {
        ProviderKind::Bedrock => frames(text.as_bytes()),
        ProviderKind::Anthropic
        | ProviderKind::Azure
        | ProviderKind::Google
        | ProviderKind::Openai
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => text.into_bytes(),
    }
}

fn decode(case: &Case, stream: &[u8]) -> u32 {
    let request = Request {
        wire_api: case.wire_api,
        ..Request::default()
    };
    let mut decoder = AnswerDecoder::new(case.provider, &request).expect("a codec");
    let mut count = 0;
    let mut out = Vec::new();
    for piece in stream.chunks(PIECE_BYTES) {
        decoder.push(piece, &mut out).expect("a whole answer");
        count += u32::try_from(out.len()).expect("few");
        black_box(&mut out).clear();
    }
    decoder.end(&mut out).expect("a whole answer");
    count
}
