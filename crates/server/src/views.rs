//! Stored things as clients see them.

pub(crate) mod models;
pub(crate) mod people;
