//! The stream of a chat.
