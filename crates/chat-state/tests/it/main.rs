//! The machine against the real store, on the engine of this run.

mod cells;
mod document;
mod door;
mod effects;
mod fences;
mod lists;
mod metadata;
mod ownership;
mod prompts;
mod publish;
mod queue;
mod races;
mod random;
mod stream;
mod support;
