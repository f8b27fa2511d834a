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
mod sdk;
mod second_opinion;
mod server;
mod timers;
