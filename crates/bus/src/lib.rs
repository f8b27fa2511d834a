//! Who must be told: typed events, collected per transaction, delivered after commit.
//!
//! Events are *hints*: ids and numbers, never bodies. Any of them may be lost, doubled or
//! reordered, so every consumer also polls. Knows neither database engine: a carrier between
//! replicas implements [`Relay`].

mod channel;
mod local;
mod relay;

pub use channel::{ChatUpdate, ConfigKind, Event, OwnerEventKind, Topic};
pub use local::{Bus, Delivery, Subscription};
pub use relay::{Envelope, Relay};
