//! The layer on real databases of both engines.

mod crash;
mod events;
mod group;
mod harness;
mod prepare;
mod semantics;
mod setup;
