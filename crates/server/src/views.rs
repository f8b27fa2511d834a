//! Stored things as clients see them.

pub(crate) mod chats;
pub(crate) mod debug;
pub(crate) mod deployment;
pub(crate) mod messages;
pub(crate) mod models;
pub(crate) mod people;
pub(crate) mod stream;
pub(crate) mod usage;
pub(crate) mod workbench;
pub(crate) mod workspaces;
