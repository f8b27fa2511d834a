//! What tests of several crates share. Knows nothing above `store`, and no product code
//! depends on it.

pub mod db;
pub mod http;
pub mod leftovers;
pub mod process;
pub mod seed;
