//! The limits on waiting, on a clock that only the test moves.

use std::time::Duration;

use futures_util::StreamExt;
use muster_base::limits::{FIRST_CHUNK_LIMIT, STREAM_SILENCE_LIMIT};
use muster_llm::{FailureKind, ProviderKind, StreamEvent};

use crate::server::{Act, Server, answer, collect, config, in_time, mock, request, stream};

const TEXT: &str = include_str!("../fixtures/anthropic/text.sse");
const PING: &str = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

/// Everything up to and including the first delta.
fn first_part() -> String {
    let mut pieces = TEXT.split_inclusive("\n\n");
    pieces.by_ref().take(4).collect()
}

#[tokio::test]
async fn no_first_part_in_time_ends_the_request_at_the_socket() {
    let start = TEXT.split_inclusive("\n\n").next().unwrap();
    let held_before_headers = vec![Act::Hold];
    let held_after_headers = vec![stream(""), Act::Hold];
    // A ping and the start of the message are no parts.
    let held_after_ping = vec![stream(&format!("{start}{PING}")), Act::Hold];
    for script in [held_before_headers, held_after_headers, held_after_ping] {
        let mut server = Server::start(vec![script]).await;
        let clock = mock();
        let model = config(ProviderKind::Anthropic, &server.address)
            .connect(&clock.clock())
            .unwrap();
        let moves = async {
            server.request().await;
            assert_eq!(clock.armed("model.first_part").await, FIRST_CHUNK_LIMIT);
            clock.advance(FIRST_CHUNK_LIMIT);
        };
        let ((parts, ended), ()) =
            in_time(async { tokio::join!(collect(&*model, request()), moves) }).await;
        let failure = ended.unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable),
            (FailureKind::StartupTimeout, true)
        );
        assert!(parts.is_empty());
        in_time(server.client_gone()).await;
    }
}

#[tokio::test]
async fn the_first_timer_runs_from_before_the_connection() {
    let server = Server::start(vec![vec![Act::Hold]]).await;
    let clock = mock();
    let model = config(ProviderKind::Anthropic, &server.address)
        .connect(&clock.clock())
        .unwrap();
    let events = model.stream(request());
    assert_eq!(
        clock.remaining("model.first_part"),
        None,
        "nothing happens before the first poll"
    );
    let (mut events, ()) = in_time(async {
        tokio::join!(
            async {
                let mut events = events;
                let first = events.next().await.unwrap();
                assert_eq!(first.unwrap_err().kind, FailureKind::StartupTimeout);
                events
            },
            clock.fire("model.first_part"),
        )
    })
    .await;
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn silence_after_the_first_part_ends_the_request_at_the_socket() {
    let mut server = Server::start(vec![vec![stream(&first_part()), Act::Hold]]).await;
    let clock = mock();
    let model = config(ProviderKind::Anthropic, &server.address)
        .connect(&clock.clock())
        .unwrap();
    let moves = async {
        assert_eq!(clock.armed("model.silence").await, STREAM_SILENCE_LIMIT);
        assert_eq!(
            clock.remaining("model.first_part"),
            None,
            "disarmed by the first part"
        );
        clock.advance(STREAM_SILENCE_LIMIT);
    };
    let ((parts, ended), ()) =
        in_time(async { tokio::join!(collect(&*model, request()), moves) }).await;
    let failure = ended.unwrap_err();
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::StreamSilenceTimeout, true)
    );
    assert_eq!(parts.len(), 1);
    assert_eq!(failure.usage.unwrap().input, Some(12));
    in_time(server.client_gone()).await;
}

#[tokio::test]
async fn a_slow_reader_is_not_taken_for_a_silent_provider() {
    let server = Server::start(vec![vec![stream(TEXT)]]).await;
    let clock = mock();
    let model = config(ProviderKind::Anthropic, &server.address)
        .connect(&clock.clock())
        .unwrap();
    let mut events = model.stream(request());
    let mut last = None;
    while let Some(event) = in_time(events.next()).await {
        // Far beyond every limit, between the events.
        clock.advance(Duration::from_secs(3_600));
        last = Some(event.unwrap());
    }
    assert!(matches!(last, Some(StreamEvent::Finish(_))));
}

#[tokio::test]
async fn an_error_body_that_never_comes_does_not_hold_the_failure() {
    let script = vec![answer("429 Slow", "content-length: 10\r\n", ""), Act::Hold];
    let server = Server::start(vec![script]).await;
    let clock = mock();
    let model = config(ProviderKind::Anthropic, &server.address)
        .connect(&clock.clock())
        .unwrap();
    let (ended, ()) =
        in_time(async { tokio::join!(model.generate(request()), clock.fire("model.first_part")) })
            .await;
    // Whether the head arrived before the clock moved is the socket's secret.
    let kind = ended.unwrap_err().kind;
    assert!(
        matches!(kind, FailureKind::RateLimit | FailureKind::StartupTimeout),
        "{kind}"
    );
}
