//! The pure half of an answer: received bytes in, neutral events out. No sockets, no clock.

use muster_base::limits::MODEL_ANSWER_BYTES_MAX;

use crate::codec::Decoder;
use crate::event_stream::FrameParser;
use crate::failure::{Failure, Origin, Raw, classify};
use crate::model::{Request, StreamEvent, Usage};
use crate::provider::{ProviderConfig, ProviderKind};
use crate::sse::SseParser;

/// How an answer comes.
#[derive(Debug)]
pub(crate) enum Framing {
    /// Server-sent events.
    Events(SseParser),
    /// AWS event-stream messages.
    Frames(FrameParser),
    /// One body, whatever was asked for.
    Whole(Vec<u8>),
}

/// Decodes the body of one answer, in whatever pieces it comes.
///
/// The transport feeds it from a socket; whoever has the bytes already feeds it from there.
pub struct AnswerDecoder {
    provider: ProviderKind,
    framing: Framing,
    decoder: Box<dyn Decoder>,
    bytes: usize,
    is_finished: bool,
}

impl AnswerDecoder {
    /// A decoder for the streamed answer that `provider` gives to `request`.
    ///
    /// # Errors
    /// When the provider cannot be asked this way at all.
    pub fn new(provider: ProviderKind, request: &Request) -> Result<Self, Failure> {
        let config = ProviderConfig {
            kind: provider,
            base_url: None,
            api_key: None,
            region: None,
        };
        let decoder = config.codec()?.decoder(request);
        Ok(Self::of(provider, decoder))
    }

    /// A decoder for the provider's usual stream until [`AnswerDecoder::frame`] says
    /// otherwise.
    pub(crate) fn of(provider: ProviderKind, decoder: Box<dyn Decoder>) -> Self {
        let framing = match provider {
            ProviderKind::Bedrock => Framing::Frames(FrameParser::default()),
            ProviderKind::Anthropic
            | ProviderKind::Azure
            | ProviderKind::Google
            | ProviderKind::Openai
            | ProviderKind::OpenaiCompat
            | ProviderKind::Openrouter
            | ProviderKind::Vercel => Framing::Events(SseParser::new()),
        };
        Self {
            provider,
            framing,
            decoder,
            bytes: 0,
            is_finished: false,
        }
    }

    /// The same for an answer that comes as one JSON body.
    #[must_use]
    pub fn in_one_piece(mut self) -> Self {
        self.frame(Framing::Whole(Vec::new()));
        self
    }

    /// Sets how the answer comes; the head of the answer tells.
    pub(crate) fn frame(&mut self, framing: Framing) {
        self.framing = framing;
    }

    /// Takes the next bytes and appends the events that they complete. What follows the
    /// terminal event is ignored.
    ///
    /// # Errors
    /// A classified failure, after which there is nothing more to decode; events before it are
    /// in `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        if self.is_finished {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MODEL_ANSWER_BYTES_MAX {
            return Err(self.failure(Origin::Oversize, "the answer is larger than allowed"));
        }
        let mut rest = bytes;
        loop {
            let next = match &mut self.framing {
                Framing::Whole(body) => {
                    body.extend_from_slice(bytes);
                    Ok(false)
                }
                Framing::Events(parser) => match parser.next_event(&mut rest) {
                    Ok(Some(event)) => self.decoder.event(event, out).map(|()| true),
                    Ok(None) => Ok(false),
                    Err(error) => Err(self.failure(Origin::Oversize, &error.to_string())),
                },
                Framing::Frames(parser) => match parser.next_event(&mut rest) {
                    Ok(Some(event)) => self.decoder.event(&event, out).map(|()| true),
                    Ok(None) => Ok(false),
                    Err(error) => Err(self.failure(error.origin(), &error.to_string())),
                },
            };
            if !next? {
                return Ok(());
            }
            if matches!(out.last(), Some(StreamEvent::Finish(_))) {
                self.is_finished = true;
                return Ok(());
            }
        }
    }

    /// The body has ended.
    ///
    /// # Errors
    /// A stream without its terminal event has been cut.
    pub fn end(&mut self, out: &mut Vec<StreamEvent>) -> Result<(), Failure> {
        if self.is_finished {
            return Ok(());
        }
        self.is_finished = true;
        match &mut self.framing {
            Framing::Whole(body) => {
                let body = std::mem::take(body);
                self.decoder.whole(&body, out)?;
            }
            Framing::Events(_) | Framing::Frames(_) => {}
        }
        if matches!(out.last(), Some(StreamEvent::Finish(_))) {
            return Ok(());
        }
        let text = "the stream ended before its last event";
        Err(self.failure(Origin::ClosedEarly, text))
    }

    /// What the provider has reported so far; a failed attempt is billed too.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.decoder.usage()
    }

    fn failure(&self, origin: Origin, text: &str) -> Failure {
        classify(&Raw::new(origin, Some(self.provider), text)).with_usage(self.usage())
    }
}

impl std::fmt::Debug for AnswerDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerDecoder")
            .field("provider", &self.provider)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
