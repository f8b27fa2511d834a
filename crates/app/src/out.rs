//! The only writer to the terminal.

use std::io::{self, Write};

use serde::Serialize;

/// Writes one line.
pub(crate) fn line(text: impl AsRef<str>) {
    piece(&format!("{}\n", text.as_ref()));
}

/// Writes text as it comes, without a line end. A closed pipe is not an error of ours.
pub(crate) fn piece(text: &str) {
    let mut out = io::stdout().lock();
    let _written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes one event as one line of JSON.
pub(crate) fn event(event: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(event) {
        line(text);
    }
}

/// Says something to the person that is not the answer.
#[expect(clippy::print_stderr, reason = "remarks go to the error output")]
pub(crate) fn remark(text: impl AsRef<str>) {
    eprintln!("{}", text.as_ref());
}
