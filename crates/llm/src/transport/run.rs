//! One attempt: from the request to the terminal event, or to a failure.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, Method, StatusCode, header};
use muster_base::limits::MODEL_ERROR_BYTES_MAX;

use super::{Draft, Endpoint};
use crate::answer::{AnswerDecoder, Framing};
use crate::codec::WireError;
use crate::event_stream::FrameParser;
use crate::failure::{Failure, Origin, Raw, classify, retry_after};
use crate::first_chunk::Watch;
use crate::model::{FinishReason, Request, StreamEvent};
use crate::sse::SseParser;
use crate::tap::Recording;

type Body = BoxStream<'static, reqwest::Result<Bytes>>;

/// The state of one attempt. Dropping it drops the connection.
pub(super) struct Run {
    endpoint: Arc<Endpoint>,
    stage: Stage,
    decoder: AnswerDecoder,
    /// What is told of the attempt when it has ended.
    recording: Option<Recording>,
    /// Decoded but not yet taken.
    ready: VecDeque<StreamEvent>,
    has_part: bool,
}

enum Stage {
    Idle(Box<Request>),
    Reading(Box<Reading>),
    /// Events may still be ready; after them comes the failure, if there is one.
    Ended(Option<Failure>),
}

struct Reading {
    watch: Watch,
    body: Body,
}

impl Run {
    pub(super) fn new(endpoint: Arc<Endpoint>, request: Request) -> Self {
        let decoder = AnswerDecoder::of(endpoint.provider, endpoint.codec.decoder(&request));
        Self {
            endpoint,
            stage: Stage::Idle(Box::new(request)),
            decoder,
            recording: None,
            ready: VecDeque::new(),
            has_part: false,
        }
    }

    /// The next event; a failure is the last item.
    pub(super) async fn next(&mut self) -> Option<Result<StreamEvent, Failure>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            match &mut self.stage {
                Stage::Ended(failure) => return failure.take().map(Err),
                Stage::Idle(request) => {
                    let request = std::mem::take(request);
                    let opened = open(&self.endpoint, &request, &mut self.recording);
                    match opened.await {
                        Ok((reading, framing)) => {
                            self.decoder.frame(framing);
                            self.stage = Stage::Reading(Box::new(reading));
                        }
                        Err(failure) => self.fail(failure),
                    }
                }
                Stage::Reading(reading) => {
                    let chunk = reading.watch.wait(reading.body.next()).await;
                    self.received(chunk);
                }
            }
        }
    }

    fn fail(&mut self, failure: Failure) {
        let mut failure = match failure.usage {
            Some(_) => failure,
            None => failure.with_usage(self.decoder.usage()),
        };
        // A provider may quote the key in the middle of a stream too.
        failure.detail = failure
            .detail
            .map(|detail| self.endpoint.without_key(&detail).into_boxed_str());
        self.stage = Stage::Ended(Some(failure));
    }

    fn fail_as(&mut self, origin: Origin, text: &str) {
        self.fail(self.endpoint.failure(origin, text));
    }

    fn received(&mut self, chunk: Result<Option<reqwest::Result<Bytes>>, Origin>) {
        match chunk {
            Ok(Some(Ok(bytes))) => {
                if let Some(recording) = &mut self.recording {
                    recording.received(&bytes);
                }
                let mut out = Vec::new();
                let decoded = self.decoder.push(&bytes, &mut out);
                self.take(out, decoded);
            }
            Ok(None) => {
                let mut out = Vec::new();
                let decoded = self.decoder.end(&mut out);
                self.take(out, decoded);
            }
            Ok(Some(Err(error))) => self.fail(transport_failure(&self.endpoint, &error)),
            Err(origin) => self.fail_as(origin, ""),
        }
    }

    /// Takes decoded events, and how decoding them ended.
    fn take(&mut self, events: Vec<StreamEvent>, decoded: Result<(), Failure>) {
        for event in events {
            if let StreamEvent::Finish(finish) = &event {
                let reason = finish.reason;
                return self.finish(event, reason);
            }
            if let Stage::Reading(reading) = &mut self.stage
                && !self.has_part
            {
                reading.watch.disarm();
            }
            self.has_part = true;
            self.ready.push_back(event);
        }
        if let Err(failure) = decoded {
            self.fail(failure);
        }
    }

    fn finish(&mut self, finish: StreamEvent, reason: FinishReason) {
        if let Stage::Reading(reading) = &mut self.stage {
            // The end of the body is mostly there already; having seen it keeps the connection
            // usable. If it is not, dropping the body closes the connection, which is fine too.
            let _end = reading.body.next().now_or_never();
        }
        if self.has_part {
            self.ready.push_back(finish);
            self.stage = Stage::Ended(None);
        } else if reason == FinishReason::ContentFilter {
            self.fail_as(Origin::Filtered, "the provider's filter stopped the answer");
        } else {
            self.fail_as(Origin::EmptyAnswer, "the answer has no part");
        }
    }
}

/// Sends the request and looks at the head of the answer.
async fn open(
    endpoint: &Arc<Endpoint>,
    request: &Request,
    recording: &mut Option<Recording>,
) -> Result<(Reading, Framing), Failure> {
    let encoded = endpoint.codec.encode(request)?;
    let mut watch = Watch::arm(&endpoint.clock);
    let mut url = endpoint.url(&encoded.path);
    if encoded.query.is_some() {
        url.set_query(encoded.query);
    }
    *recording = request.tap.clone().map(|tap| {
        let own = Arc::clone(endpoint);
        let without_key = move |text: &str| own.without_key(text);
        Recording::begin(tap, &url, &encoded.body, without_key)
    });
    let draft = Draft {
        method: Method::POST,
        url,
        headers: encoded.headers,
        body: encoded.body,
    };
    let sending = endpoint.request(draft, request.attribution.as_ref()).send();
    let response = match watch.wait(sending).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(transport_failure(endpoint, &error)),
        Err(origin) => return Err(endpoint.failure(origin, "")),
    };
    if let Some(recording) = recording {
        recording.answered(response.status().as_u16());
    }
    if response.status() != StatusCode::OK {
        return Err(refused(endpoint, response, &mut watch, recording.as_mut()).await);
    }
    let Some(framing) = framing(response.headers()) else {
        let text = "the address answers with a web page instead of a model's answer";
        return Err(endpoint.failure(Origin::Malformed, text));
    };
    let body = response.bytes_stream().boxed();
    Ok((Reading { watch, body }, framing))
}

/// How an answer comes; `None` is a web page.
fn framing(headers: &HeaderMap) -> Option<Framing> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default().trim() {
        // Some servers answer in one piece whatever they are asked for.
        "application/json" => Some(Framing::Whole(Vec::new())),
        "application/vnd.amazon.eventstream" => Some(Framing::Frames(FrameParser::default())),
        "text/html" => None,
        _ => Some(Framing::Events(SseParser::new())),
    }
}

/// Classifies an answer with an error status.
pub(super) async fn refused(
    endpoint: &Endpoint,
    response: reqwest::Response,
    watch: &mut Watch,
    mut recording: Option<&mut Recording>,
) -> Failure {
    let status = response.status().as_u16();
    let wait = |headers: &HeaderMap| retry_after(headers, status, endpoint.clock.now());
    let asked = wait(response.headers());
    // AWS names the error in a header, with an address after a colon.
    let named = response.headers().get("x-amzn-errortype");
    let named = named.and_then(|value| value.to_str().ok());
    let named = named.and_then(|name| name.split(':').next());
    let named = named.unwrap_or_default().to_owned();
    let mut chunks = response.bytes_stream();
    let mut body = Vec::new();
    // The status alone is worth reporting, so trouble with the body is not.
    while let Ok(Some(Ok(chunk))) = watch.wait(chunks.next()).await {
        if let Some(recording) = &mut recording {
            recording.received(&chunk);
        }
        let room = MODEL_ERROR_BYTES_MAX.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if chunk.len() >= room {
            break;
        }
    }
    let error = WireError::read(&body);
    let message = endpoint.without_key(&error.message);
    let mut raw = Raw::new(Origin::Response, Some(endpoint.provider), &message);
    raw.status = Some(status);
    let code = format!("{} {named}", error.code);
    raw.code = Some(code.trim());
    raw.quota_renewal = error.renewal;
    raw.retry_after = asked.or(error.wait).or_else(|| wait(&error.headers));
    classify(&raw)
}

/// Classifies an error of the HTTP client.
pub(super) fn transport_failure(endpoint: &Endpoint, error: &reqwest::Error) -> Failure {
    let mut causes = Vec::new();
    let mut is_tls = false;
    let mut next = error.source();
    while let Some(cause) = next {
        is_tls |= is_tls_error(cause);
        causes.push(cause.to_string());
        next = cause.source();
    }
    let origin = if is_tls {
        Origin::Tls
    } else {
        Origin::Connection
    };
    // The innermost cause names the trouble; the outer ones repeat it and may quote the URL.
    let text = causes
        .pop()
        .unwrap_or_else(|| "the connection failed".to_owned());
    endpoint.failure(origin, &text)
}

/// Whether a cause comes from TLS. An I/O error hides what it wraps from the chain of sources,
/// sometimes twice.
fn is_tls_error(cause: &(dyn Error + 'static)) -> bool {
    let wrapped = cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || wrapped.is_some_and(|inner| is_tls_error(inner))
}
