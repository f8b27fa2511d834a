//! Links as the server sees them, against the fake agent.

mod calls;
mod local;
mod world;
