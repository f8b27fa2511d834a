//! chat-state
