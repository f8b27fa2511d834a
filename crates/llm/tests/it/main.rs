//! The crate from outside: real sockets, a clock that the test owns.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may stop at the first surprise"
)]

mod answers;
mod faults;
#[path = "../../examples/fuzz-llm/frames.rs"]
mod frames;
mod fuzz;
#[path = "../../examples/fuzz-llm/fuzzer.rs"]
mod fuzzer;
mod live;
mod matrix;
mod options;
mod places;
mod proxies;
#[path = "../../examples/fuzz-llm/rng.rs"]
mod rng;
mod scripted_faults;
mod sdk;
mod second_opinion;
#[path = "../../examples/fuzz-llm/seeds.rs"]
mod seeds;
mod server;
mod timers;
mod unique;
mod variants;
