//! Broken input for everything that reads a provider's answer. An input is made from its number
//! and the seed alone, so that each one can be made again.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use muster_llm::{
    AnswerDecoder, Fold, Message, Origin, Part, ProviderKind, Raw, Request, Role, SseEvent,
    SseParser, StreamEvent, WireApi, classify,
};

use crate::rng::Rng;
use crate::seeds::{self, Seed};

/// What many inputs did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) inputs: u64,
    pub(crate) bytes: u64,
    /// Events that were decoded.
    pub(crate) events: u64,
    /// Inputs that ended in a classified failure.
    pub(crate) failures: u64,
    /// Inputs that broke a promise: panicked, or read differently when cut elsewhere.
    pub(crate) broken: Vec<u64>,
}

impl Report {
    pub(crate) fn add(&mut self, other: Self) {
        self.inputs += other.inputs;
        self.bytes += other.bytes;
        self.events += other.events;
        self.failures += other.failures;
        self.broken.extend(other.broken);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            inputs,
            bytes,
            events,
            failures,
            broken,
        } = self;
        let mb = bytes / 1_000_000;
        write!(
            f,
            "{inputs} inputs, {mb} MB, {events} events, {failures} classified failures, {} broken",
            broken.len()
        )
    }
}

/// Tries the inputs of a range.
pub(crate) fn run(seed: u64, numbers: std::ops::Range<u64>) -> Report {
    let seeds = seeds::all();
    let mut report = Report::default();
    for number in numbers {
        report.inputs += 1;
        let mut one = Report::default();
        let mut rng = Rng::new(seed, number);
        let tried = catch_unwind(AssertUnwindSafe(|| try_one(&mut rng, &seeds, &mut one)));
        report.add(one);
        if tried.is_err() {
            report.broken.push(number);
        }
    }
    report
}

fn try_one(rng: &mut Rng, seeds: &[Seed], report: &mut Report) {
    match rng.below(16) {
        0..4 => parse_events(rng, report),
        4 => classify_words(rng, report),
        _ => {
            let seed = rng.pick(seeds);
            let mut input = seed.bytes();
            seeds::mutate(rng, &mut input, seeds);
            decode(rng, seed, &input, report);
        }
    }
}

/// Random lines: wherever they are cut, the events are the same.
fn parse_events(rng: &mut Rng, report: &mut Report) {
    let input = seeds::random_lines(rng);
    report.bytes += input.len() as u64;
    let whole = parse(&[&input]);
    report.events += whole.len() as u64;
    assert_eq!(parse(&rng.cut(&input)), whole, "cut elsewhere");
}

fn parse(pieces: &[&[u8]]) -> Vec<SseEvent> {
    let mut parser = SseParser::new();
    let mut events = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        while let Ok(Some(event)) = parser.next_event(&mut rest) {
            events.push(event.clone());
        }
    }
    events
}

/// A mutated answer: wherever it is cut, the events and the end are the same.
fn decode(rng: &mut Rng, seed: &Seed, input: &[u8], report: &mut Report) {
    report.bytes += input.len() as u64;
    let request = request(seed.wire_api);
    let decoder = || {
        let decoder = AnswerDecoder::new(seed.provider, &request);
        let decoder = decoder.expect("the seed's provider has a codec");
        if seed.is_whole {
            decoder.in_one_piece()
        } else {
            decoder
        }
    };
    let whole = answer(decoder(), &[input]);
    report.events += whole.0.len() as u64;
    report.failures += u64::from(whole.1.is_some());
    assert_eq!(answer(decoder(), &rng.cut(input)), whole, "cut elsewhere");
    let mut fold = Fold::new();
    whole.0.iter().for_each(|event| fold.push(event));
    let _parts = fold.parts();
}

type Answer = (Vec<StreamEvent>, Option<muster_llm::Failure>);

fn answer(mut decoder: AnswerDecoder, pieces: &[&[u8]]) -> Answer {
    let mut events = Vec::new();
    for piece in pieces {
        if let Err(failure) = decoder.push(piece, &mut events) {
            return (events, Some(failure));
        }
    }
    let failure = decoder.end(&mut events).err();
    (events, failure)
}

/// Random words as a provider's error: always some kind, and texts that keep their promise.
fn classify_words(rng: &mut Rng, report: &mut Report) {
    let text = seeds::random_words(rng);
    let code = seeds::random_words(rng);
    report.bytes += text.len() as u64;
    let mut raw = Raw::new(Origin::StreamEvent, None, &text);
    raw.code = Some(&code);
    let payload = classify(&raw).payload();
    report.failures += 1;
    assert!(!payload.message.to_lowercase().contains("try again"));
    assert!(payload.detail.is_none_or(|detail| detail.len() <= 1024));
}

fn request(wire_api: Option<WireApi>) -> Request {
    Request {
        model: "model-1".to_owned(),
        messages: vec![Message::new(Role::User, vec![Part::text("Hi")])],
        wire_api,
        ..Request::default()
    }
}

/// The provider kinds that the seeds cover.
pub(crate) fn covered() -> Vec<ProviderKind> {
    let all = ProviderKind::ALL.into_iter();
    let seeds = seeds::all();
    all.filter(|kind| seeds.iter().any(|seed| seed.provider == *kind))
        .collect()
}
