//! What is logged on this thread.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber, dispatcher};

/// Keeps the lines of this thread for as long as it lives.
pub(crate) struct Logs {
    lines: Arc<Mutex<Vec<String>>>,
    _guard: DefaultGuard,
    /// With one subscriber alone, tracing asks whatever thread comes by whether somebody
    /// listens, and other tests' threads say no for all. A second one makes it ask both.
    _second: Dispatch,
}

struct Keeper(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Logs {
    pub(crate) fn keep() -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let second = Dispatch::new(Keeper(Arc::default()));
        let keeper = Dispatch::new(Keeper(Arc::clone(&lines)));
        Self {
            lines,
            _guard: dispatcher::set_default(&keeper),
            _second: second,
        }
    }

    /// The lines that hold `text`.
    pub(crate) fn with(&self, text: &str) -> Vec<String> {
        let lines = self.lines.lock();
        let found = lines.iter().filter(|line| line.contains(text));
        found.cloned().collect()
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Keeper {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().push(line.0);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}
