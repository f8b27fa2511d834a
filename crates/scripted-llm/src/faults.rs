//! Faults that a reply can carry, as a real provider or network would show them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

/// A fault and how often it strikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// Strikes this many times per request body, then the reply is whole.
    pub times: Option<u32>,
    /// Strikes this share of requests (0 to 1), decided by the seed.
    pub rate: Option<f64>,
    /// The number of content events that are sent before it strikes.
    pub at: usize,
}

impl Fault {
    /// Whether it strikes at a place within the content.
    pub(crate) const fn is_within(&self) -> bool {
        matches!(
            self.kind,
            FaultKind::Cut
                | FaultKind::StreamError(_)
                | FaultKind::Oversize(_)
                | FaultKind::Stall {
                    place: Stall::Mid,
                    ..
                }
                | FaultKind::Malformed(Malformed::Json | Malformed::UnknownEvent)
        )
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An error status in the provider's own shape.
    Status {
        /// 400 to 599.
        status: u16,
        /// The `Retry-After` header, in seconds.
        retry_after: Option<u64>,
        /// Other headers of the answer.
        headers: BTreeMap<String, String>,
        /// The error message; a plain one otherwise.
        body: Option<String>,
    },
    /// The request is accepted and no header is ever sent.
    Hang,
    /// The stream stands still.
    Stall {
        /// Before or within the content.
        place: Stall,
        /// How long; `None` is for ever.
        pause: Option<Duration>,
    },
    /// The socket is dropped.
    Cut,
    /// An error event inside the stream; the text is the provider's error type.
    StreamError(String),
    /// A clean end without the terminal event.
    EndEarly,
    /// A stream that is not quite one.
    Malformed(Malformed),
    /// One line of this many bytes.
    Oversize(usize),
    /// Tool arguments that are not JSON.
    BadArgs,
    /// All calls of the answer have one id.
    DupIds,
    /// Call ids with characters that no provider allows.
    BadIds,
    /// The headers come late.
    SlowHeaders(Duration),
    /// An HTML page with status 200.
    WrongType,
}

/// Where a stream stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stall {
    /// After the headers, before anything else.
    First,
    /// After `at` content events.
    Mid,
}

/// How a stream is malformed. The last three are legal and must be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformed {
    /// An event whose data is not JSON.
    Json,
    /// The blank line between two events is missing.
    NoBlankLine,
    /// An event of a type that nobody knows.
    UnknownEvent,
    /// Characters are split between network packets.
    SplitUtf8,
    /// Lines end in CR LF, LF and CR in turn.
    MixedLineEnds,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawFault {
    status: Option<u16>,
    retry_after: Option<u64>,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    hang: bool,
    stall: Option<Stall>,
    ms: u64,
    cut: bool,
    stream_error: Option<String>,
    end_early: bool,
    malformed: Option<Malformed>,
    oversize: Option<usize>,
    bad_args: bool,
    dup_ids: bool,
    bad_ids: bool,
    slow_headers: bool,
    wrong_type: bool,
    times: Option<u32>,
    rate: Option<f64>,
    at: usize,
}

impl RawFault {
    pub(crate) fn checked(self) -> Result<Fault, String> {
        let Self {
            times, rate, at, ..
        } = self;
        if rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err("`rate` lies between 0 and 1".into());
        }
        self.belongings()?;
        let mut kinds = self.kinds().into_iter().flatten();
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return Err("a fault has exactly one kind".into());
        };
        if let FaultKind::Status { status, .. } = kind
            && !(400..=599).contains(&status)
        {
            return Err("`status` lies between 400 and 599".into());
        }
        Ok(Fault {
            kind,
            times,
            rate,
            at,
        })
    }

    /// A field that its kind does not know would be ignored in silence.
    fn belongings(&self) -> Result<(), String> {
        let has_time = self.stall.is_some() || self.slow_headers;
        if self.ms > 0 && !has_time {
            return Err("`ms` belongs to `stall` and `slow_headers`".into());
        }
        let has_more =
            self.retry_after.is_some() || self.body.is_some() || !self.headers.is_empty();
        if has_more && self.status.is_none() {
            return Err("`retry_after`, `headers` and `body` belong to `status`".into());
        }
        Ok(())
    }

    fn kinds(self) -> [Option<FaultKind>; 13] {
        let pause = (self.ms > 0).then(|| Duration::from_millis(self.ms));
        let flag = |set: bool, kind: FaultKind| set.then_some(kind);
        let (retry_after, headers, body) = (self.retry_after, self.headers, self.body);
        [
            self.status.map(|status| FaultKind::Status {
                status,
                retry_after,
                headers,
                body,
            }),
            flag(self.hang, FaultKind::Hang),
            self.stall.map(|place| FaultKind::Stall { place, pause }),
            flag(self.cut, FaultKind::Cut),
            self.stream_error.map(FaultKind::StreamError),
            flag(self.end_early, FaultKind::EndEarly),
            self.malformed.map(FaultKind::Malformed),
            self.oversize.map(FaultKind::Oversize),
            flag(self.bad_args, FaultKind::BadArgs),
            flag(self.dup_ids, FaultKind::DupIds),
            flag(self.bad_ids, FaultKind::BadIds),
            flag(
                self.slow_headers,
                FaultKind::SlowHeaders(pause.unwrap_or_default()),
            ),
            flag(self.wrong_type, FaultKind::WrongType),
        ]
    }
}
