//! The only place that writes to the terminal.

/// Writes one line.
#[expect(
    clippy::print_stdout,
    reason = "a command line tool answers on its standard output"
)]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Announces a step, so that its time and output can be told apart in a long log.
pub(crate) fn step(text: &str) {
    line(&format!("\n== {text}"));
}
