//! An answer as timed pieces of bytes, with the fault that strikes it.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::answer::json_text;
use crate::faults::{Fault, FaultKind, Malformed, Stall};
use crate::script::Pace;
use crate::wire::Wire;

/// One server-sent event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    name: Option<&'static str>,
    data: String,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Frame,
    Content,
    Terminal,
}

impl Event {
    pub(crate) fn named(name: &'static str, data: &Value) -> Self {
        Self {
            name: Some(name),
            data: json_text(data),
            role: Role::Frame,
        }
    }

    pub(crate) fn plain(data: &Value) -> Self {
        Self {
            name: None,
            data: json_text(data),
            role: Role::Frame,
        }
    }

    pub(crate) fn text(data: &str) -> Self {
        Self {
            name: None,
            data: data.to_owned(),
            role: Role::Frame,
        }
    }

    /// Content is what pacing delays and what faults count.
    pub(crate) const fn content(mut self) -> Self {
        self.role = Role::Content;
        self
    }

    /// The event without which a stream has been cut.
    pub(crate) const fn terminal(mut self) -> Self {
        self.role = Role::Terminal;
        self
    }

    fn encode(&self, end: &str) -> String {
        let name = self
            .name
            .map(|name| format!("event: {name}{end}"))
            .unwrap_or_default();
        format!("{name}data: {}{end}{end}", self.data)
    }
}

/// What the socket does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Wait(Duration),
    Bytes(Bytes),
    Forever,
    Drop,
}

/// Lays the events out in time and lets the fault strike.
pub(crate) fn pieces(
    events: Vec<Event>,
    pace: Pace,
    fault: Option<&Fault>,
    wire: Wire,
) -> Vec<Piece> {
    let mut out = Out {
        pieces: Vec::new(),
        fault,
        content: 0,
        struck: false,
        stopped: false,
    };
    if pace.first_ms > 0 {
        out.wait(Duration::from_millis(pace.first_ms));
    }
    out.strike_first();
    for event in events {
        if event.role == Role::Content {
            if out.content > 0 && pace.gap_ms > 0 {
                out.wait(Duration::from_millis(pace.gap_ms));
            }
            out.strike(wire);
            out.content += 1;
        }
        if event.role == Role::Terminal {
            out.strike_late(wire);
            if out.ends_early() {
                break;
            }
        }
        out.event(&event);
        if out.stopped {
            break;
        }
    }
    merge(out.pieces)
}

struct Out<'f> {
    pieces: Vec<Piece>,
    fault: Option<&'f Fault>,
    content: usize,
    struck: bool,
    stopped: bool,
}

impl Out<'_> {
    fn kind(&self) -> Option<&FaultKind> {
        self.fault.map(|fault| &fault.kind)
    }

    fn wait(&mut self, duration: Duration) {
        self.pieces.push(Piece::Wait(duration));
    }

    fn bytes(&mut self, text: impl Into<Vec<u8>>) {
        self.pieces.push(Piece::Bytes(Bytes::from(text.into())));
    }

    fn stop(&mut self, piece: Option<Piece>) {
        self.pieces.extend(piece);
        self.stopped = true;
    }

    fn stall(&mut self, pause: Option<Duration>) {
        match pause {
            Some(pause) => self.wait(pause),
            None => self.stop(Some(Piece::Forever)),
        }
    }

    fn strike_first(&mut self) {
        if let Some(FaultKind::Stall {
            place: Stall::First,
            pause,
        }) = self.kind()
        {
            let pause = *pause;
            self.stall(pause);
        }
    }

    /// Called before each content event; strikes at the one the fault names.
    fn strike(&mut self, wire: Wire) {
        if self.fault.is_none_or(|fault| fault.at != self.content) {
            return;
        }
        self.struck = true;
        match self.kind().cloned() {
            Some(FaultKind::Cut) => {
                // The pause lets what was sent so far leave the socket's buffer.
                self.wait(Duration::ZERO);
                self.stop(Some(Piece::Drop));
            }
            Some(FaultKind::Stall {
                place: Stall::Mid,
                pause,
            }) => self.stall(pause),
            Some(FaultKind::StreamError(kind)) => {
                self.bytes(wire.stream_error(&kind).encode("\n"));
                self.stop(None);
            }
            Some(FaultKind::Oversize(bytes)) => {
                self.bytes(format!("data: \"{}\"\n\n", "x".repeat(bytes)));
            }
            Some(FaultKind::Malformed(Malformed::Json)) => self.bytes("data: {\"broken\": \n\n"),
            Some(FaultKind::Malformed(Malformed::UnknownEvent)) => {
                self.bytes("event: nobody_knows\ndata: {\"type\": \"nobody_knows\"}\n\n");
            }
            Some(_) | None => {}
        }
    }

    /// A content that is shorter than the fault expects does not save the client from it.
    fn strike_late(&mut self, wire: Wire) {
        if let Some(fault) = self.fault.filter(|fault| fault.is_within())
            && !self.struck
        {
            self.content = fault.at;
            self.strike(wire);
        }
    }

    fn ends_early(&self) -> bool {
        matches!(self.kind(), Some(FaultKind::EndEarly))
    }

    fn event(&mut self, event: &Event) {
        if self.stopped {
            return;
        }
        match self.kind() {
            Some(FaultKind::Malformed(Malformed::NoBlankLine)) => {
                let text = event.encode("\n");
                self.bytes(text.trim_end().to_owned() + "\n");
            }
            Some(FaultKind::Malformed(Malformed::MixedLineEnds)) => {
                let end = ["\r\n", "\n", "\r"]
                    .get(self.content % 3)
                    .copied()
                    .unwrap_or("\n");
                self.bytes(event.encode(end));
            }
            Some(FaultKind::Malformed(Malformed::SplitUtf8)) => {
                for byte in event.encode("\n").into_bytes() {
                    self.bytes([byte]);
                    self.wait(Duration::ZERO);
                }
            }
            Some(_) | None => self.bytes(event.encode("\n")),
        }
    }
}

/// Joins neighbouring bytes: an unpaced answer is one write.
fn merge(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut merged = Vec::new();
    let mut run: Vec<u8> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(more) => run.extend_from_slice(&more),
            Piece::Wait(_) | Piece::Forever | Piece::Drop => {
                if !run.is_empty() {
                    merged.push(Piece::Bytes(std::mem::take(&mut run).into()));
                }
                merged.push(piece);
            }
        }
    }
    if !run.is_empty() {
        merged.push(Piece::Bytes(run.into()));
    }
    merged
}
