//! The server through its own front door.

mod bad_input;
mod chats;
mod coverage;
mod harness;
mod limits;
mod models;
mod people;
mod sessions;
