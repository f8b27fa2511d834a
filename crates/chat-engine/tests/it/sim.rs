//! Two engines, one database.
