//! The process inside the workspace: dials out, serves its API, keeps the effect journal.

pub mod sandbox;
