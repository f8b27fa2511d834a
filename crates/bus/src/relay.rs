//! The carrier between replicas.

use muster_base::ReplicaId;
use serde::{Deserialize, Serialize};

use crate::Event;

/// An event on its way between replicas.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// Who sent it; a replica ignores its own.
    pub replica: ReplicaId,
    #[serde(flatten)]
    pub event: Event,
}

/// Carries events to the other replicas, best effort and without waiting.
pub trait Relay: Send + Sync + std::fmt::Debug {
    /// Hands over committed events, in order.
    fn send(&self, events: &[Event]);
}
