//! The workspaces crate over a real store, with a driver that only remembers.

mod binding;
mod builds;
mod chat;
mod driver;
mod harness;
mod jobs;
mod presence;
