//! Measures the crate: `cargo xtask bench llm`.
//!
//! Decoding: a stream of 32 MB in each provider's format, made of recorded events whose deltas
//! are repeated, decoded on one thread in pieces of 16 KB. Latency: the first piece of text of
//! the scripted server, read from a bare socket and through the crate in turn.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program for people, which may stop at the first surprise"
)]

mod decoding;
#[path = "../fuzz-llm/frames.rs"]
mod frames;
mod latency;

#[tokio::main]
async fn main() {
    println!("{:<28}{:>10}{:>16}", "decoding", "MB/s", "events/s");
    for line in decoding::all() {
        println!("{line}");
    }
    println!("{}", Box::pin(latency::measure(2_000)).await);
}
