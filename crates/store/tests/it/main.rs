//! The layer on real databases of both engines.

mod semantics;
