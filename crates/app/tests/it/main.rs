//! The real binary in its own process.

// `cfg(test)` on the modules tells the lints that helpers in them are test code too.
#[cfg(test)]
mod chat;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod launch;
// The same program as `cargo xtask bench crash`, with a small count.
#[cfg(test)]
#[path = "../../examples/bench/crash.rs"]
mod kills;
#[cfg(test)]
mod schemathesis;
#[cfg(test)]
#[path = "../../examples/bench/setup.rs"]
mod setup;
