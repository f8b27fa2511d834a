//! chat-engine
