//! The engine on a real store, with a model and an agent that the test plays.

mod interrupts;
mod model;
mod retries;
mod sim;
mod stream;
mod support;
mod tools;
mod turns;
