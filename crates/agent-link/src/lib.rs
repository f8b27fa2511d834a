//! agent-link
