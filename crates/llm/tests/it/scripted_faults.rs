//! The faults of the scripted model, at every provider's face of it: what our codecs and
//! transport make of them was decided without looking at how that server breaks things.

use std::time::Duration;

use muster_base::limits::{FIRST_CHUNK_LIMIT, SSE_EVENT_BYTES_MAX, STREAM_SILENCE_LIMIT};
use muster_base::{Clock, Secret, TaskSet};
use muster_llm::FailureKind::{
    Auth, Config, Generic, Overloaded, RateLimit, StartupTimeout, StreamSilenceTimeout, Timeout,
    UsageLimit,
};
use muster_llm::{Cause, Failure, FailureKind, Part, ProviderConfig, ProviderKind, WireApi};
use muster_scripted_llm::{Options, Script, ScriptedModel, serve};
use tokio::net::TcpListener;

use crate::server::{collect, config, mock, request};

/// A provider in one of its formats.
type Face = (ProviderKind, Option<WireApi>);

const FACES: [Face; 10] = [
    (ProviderKind::Anthropic, None),
    (ProviderKind::Azure, Some(WireApi::ChatCompletions)),
    (ProviderKind::Azure, Some(WireApi::Responses)),
    (ProviderKind::Bedrock, None),
    (ProviderKind::Google, None),
    (ProviderKind::Openai, Some(WireApi::ChatCompletions)),
    (ProviderKind::Openai, Some(WireApi::Responses)),
    (ProviderKind::OpenaiCompat, None),
    (ProviderKind::Openrouter, None),
    (ProviderKind::Vercel, None),
];

/// What must become of a fault: kind, whether it is retried, the wait in ms, and the words that
/// were heard before.
type Row = (&'static str, FailureKind, bool, Option<u64>, Heard);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Half,
    /// A dropped connection may take with it what it brought.
    Perhaps,
}
use Heard::{Half, Nothing, Perhaps};

const ROWS: [Row; 27] = [
    ("status = 400", Config, false, None, Nothing),
    (
        "status = 400, body = 'prompt is too long: 9 tokens > 8 maximum'",
        Config,
        false,
        None,
        Nothing,
    ),
    ("status = 401", Auth, false, None, Nothing),
    (
        "status = 402, body = 'Insufficient credits'",
        UsageLimit,
        false,
        None,
        Nothing,
    ),
    ("status = 403", Auth, false, None, Nothing),
    ("status = 404", Config, false, None, Nothing),
    ("status = 408", Timeout, true, None, Nothing),
    ("status = 413", Config, false, None, Nothing),
    ("status = 422", Config, false, None, Nothing),
    ("status = 429", RateLimit, true, None, Nothing),
    (
        "status = 429, retry_after = 7",
        RateLimit,
        true,
        Some(7_000),
        Nothing,
    ),
    (
        "status = 429, headers = { 'retry-after-ms' = '250' }",
        RateLimit,
        true,
        Some(250),
        Nothing,
    ),
    (
        "status = 429, body = 'You exceeded your current quota.'",
        UsageLimit,
        false,
        None,
        Nothing,
    ),
    ("status = 500", Generic, true, None, Nothing),
    ("status = 502", Timeout, true, None, Nothing),
    ("status = 503", Timeout, true, None, Nothing),
    ("status = 504", Timeout, true, None, Nothing),
    ("status = 529", Overloaded, true, None, Nothing),
    ("hang = true", StartupTimeout, true, None, Nothing),
    ("stall = 'first'", StartupTimeout, true, None, Nothing),
    (
        "stall = 'mid', at = 2",
        StreamSilenceTimeout,
        true,
        None,
        Half,
    ),
    ("cut = true, at = 2", Timeout, true, None, Perhaps),
    (
        "stream_error = 'overloaded_error', at = 2",
        Overloaded,
        true,
        None,
        Half,
    ),
    ("end_early = true", Timeout, true, None, Half),
    ("malformed = 'json', at = 2", Timeout, true, None, Half),
    ("oversize = OVERSIZE, at = 2", Generic, false, None, Half),
    ("wrong_type = true", Timeout, true, None, Nothing),
];

/// What looks odd and is legal, or is only broken for whoever uses a call.
const HARMLESS: [&str; 7] = [
    "malformed = 'split_utf8'",
    "malformed = 'mixed_line_ends'",
    "malformed = 'unknown_event', at = 2",
    "slow_headers = true, ms = 1",
    "bad_args = true",
    "dup_ids = true",
    "bad_ids = true",
];

/// A meeting that takes this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves an answer with a fault.
async fn start(tasks: &TaskSet, fault: &str) -> (ScriptedModel, String) {
    let fault = fault.replace("OVERSIZE", &(SSE_EVENT_BYTES_MAX + 1).to_string());
    let calls = if breaks_calls(&fault) {
        "reply.call = [{ tool = 'a', args = { x = 'ü' } }, { tool = 'b', args = {} }]\n"
    } else {
        ""
    };
    let script = format!(
        "name = 'faulty'\npace = {{ words = true }}\n[[on]]\n\
         reply.text = 'Grüße one two three four 🦀'\n{calls}reply.fault = {{ {fault} }}\n"
    );
    let options = Options::new(Script::parse(&script).unwrap(), Clock::system());
    let model = ScriptedModel::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = serve(model.clone(), listener, tasks.drain().clone());
    let _served = tasks.spawn("scripted", serving);
    (model, address)
}

fn of_face((kind, _): Face, address: &str) -> ProviderConfig {
    match kind {
        ProviderKind::Bedrock => ProviderConfig {
            api_key: Some(Secret::new("AKIDEXAMPLE:a-secret-for-tests".to_owned())),
            region: Some("us-east-1".to_owned()),
            ..config(kind, address)
        },
        ProviderKind::Anthropic | ProviderKind::Google => config(kind, address),
        ProviderKind::Azure
        | ProviderKind::Openai
        | ProviderKind::OpenaiCompat
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => config(kind, &format!("{address}/v1")),
    }
}

fn breaks_calls(fault: &str) -> bool {
    fault.contains("_args") || fault.contains("_ids")
}

/// Messages of Bedrock's event stream have no lines, and an oversized one is refused by its
/// head alone, as the other matrix shows (the server would work at its checksum for a minute);
/// Gemini's calls have no ids, and arguments that are JSON in JSON.
fn cannot_show(kind: ProviderKind, fault: &str) -> bool {
    let is_of_lines = fault.contains("line_ends") || fault.contains("oversize");
    (kind == ProviderKind::Bedrock && is_of_lines)
        || (kind == ProviderKind::Google && breaks_calls(fault))
}

/// Lets one face meet the fault.
async fn meet(
    face: Face,
    fault: &str,
    (server, address): &(ScriptedModel, String),
) -> (Vec<Part>, Result<(), Failure>) {
    let clock = mock();
    let model = of_face(face, address).connect(&clock.clock()).unwrap();
    let mut request = request();
    request.wire_api = face.1;
    let before = server.stats().requests;
    let moves = async {
        let (timer, limit) = if fault.starts_with("stall = 'mid'") {
            ("model.silence", STREAM_SILENCE_LIMIT)
        } else if fault.starts_with("stall") || fault.starts_with("hang") {
            ("model.first_part", FIRST_CHUNK_LIMIT)
        } else {
            return;
        };
        while server.stats().requests == before {
            Clock::system()
                .timer("test.poll", Duration::from_millis(5))
                .await;
        }
        assert_eq!(clock.armed(timer).await, limit);
        clock.advance(limit);
    };
    let meeting = async { tokio::join!(collect(&*model, request), moves) };
    match Clock::system().timeout("test", PATIENCE, meeting).await {
        Ok((met, ())) => met,
        Err(_) => panic!("{face:?} {fault} took too long"),
    }
}

#[tokio::test]
async fn every_fault_fails_at_every_face_as_the_table_says() {
    let tasks = TaskSet::new();
    for (fault, kind, retryable, wait, heard) in ROWS {
        let server = start(&tasks, fault).await;
        for face in FACES {
            if cannot_show(face.0, fault) {
                continue;
            }
            let cell = format!("{face:?} {fault}");
            let (parts, ended) = meet(face, fault, &server).await;
            let failure = ended.expect_err(&cell);
            let said = (failure.kind, failure.retryable, failure.retry_after);
            let expected = (kind, retryable, wait.map(Duration::from_millis));
            assert_eq!(said, expected, "{cell} {failure:?}");
            assert_eq!(failure.provider, Some(face.0), "{cell}");
            let too_long = fault.contains("too long");
            assert_eq!(failure.cause == Cause::ContextLength, too_long, "{cell}");
            match heard {
                Nothing => assert_eq!(parts, [], "{cell}"),
                Half => assert_eq!(parts.len(), 1, "{cell} {parts:?}"),
                Perhaps => assert!(parts.len() <= 1, "{cell} {parts:?}"),
            }
        }
    }
    tasks.shutdown().await;
}

#[tokio::test]
async fn what_is_only_odd_is_understood_at_every_face() {
    let tasks = TaskSet::new();
    for fault in HARMLESS {
        let server = start(&tasks, fault).await;
        for face in FACES {
            if cannot_show(face.0, fault) {
                continue;
            }
            let (parts, ended) = meet(face, fault, &server).await;
            assert_eq!(ended, Ok(()), "{face:?} {fault}");
            let calls = parts.iter().filter(|it| matches!(it, Part::ToolCall(_)));
            let expected = if breaks_calls(fault) { 2 } else { 0 };
            assert_eq!(calls.count(), expected, "{face:?} {fault} {parts:?}");
            assert!(
                parts.iter().any(|part| *part == Part::text("Grüße one two three four 🦀")
                    || matches!(part, Part::Text(text) if text.text == "Grüße one two three four 🦀")),
                "{face:?} {fault} {parts:?}"
            );
        }
    }
    tasks.shutdown().await;
}
