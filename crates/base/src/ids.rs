//! Typed ids: a chat id can't be passed where a user id is meant.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Clock;

/// A text that is not the id it was read as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}")]
pub struct IdError {
    kind: &'static str,
}

/// Time-ordered ids help both engines: new rows land at the end of every index.
fn time_ordered(clock: &Clock) -> Uuid {
    let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
    let mut random = [0_u8; 10];
    if getrandom::fill(&mut random).is_err() {
        // Kernels before 3.17 only. Hash maps then still have random keys to draw from.
        let word = || RandomState::new().hash_one(millis).to_le_bytes();
        random
            .iter_mut()
            .zip(word().into_iter().chain(word()))
            .for_each(|(to, from)| *to = from);
    }
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The all-zero id.
            pub const NIL: Self = Self(Uuid::nil());

            /// A new time-ordered id (`UUIDv7`, RFC 9562).
            #[must_use]
            pub fn new(clock: &Clock) -> Self {
                Self(time_ordered(clock))
            }

            /// Whether this is the all-zero id.
            #[must_use]
            pub const fn is_nil(&self) -> bool {
                self.0.is_nil()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError { kind: stringify!($name) })
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

uuid_ids! {
    /// A workspace agent: one process that serves one workspace.
    AgentId,
    /// One start, stop or delete of a workspace.
    BuildId,
    /// A conversation.
    ChatId,
    /// One live connection of a workspace agent.
    ConnectionId,
    /// One model attempt that is kept for whoever looks for a fault.
    DebugRunId,
    /// One intended effect of a tool call; decides whether it was already done.
    EffectId,
    /// A stored file.
    FileId,
    /// A group of people.
    GroupId,
    /// A link by which somebody makes their own account.
    InviteId,
    /// A provisioner job.
    JobId,
    /// One hold of a lease; nobody else gives it back.
    LeaseId,
    /// A configured model of a provider.
    ModelConfigId,
    /// An organization.
    OrganizationId,
    /// A preset of a template version.
    PresetId,
    /// A configured model provider.
    ProviderId,
    /// One terminal of a workspace; chosen by the client that opens it.
    PtyId,
    /// One running server process.
    ReplicaId,
    /// One HTTP request.
    RequestId,
    /// A provisioned resource.
    ResourceId,
    /// One ownership of a chat by a worker; fences that worker's writes.
    RunnerId,
    /// A workspace template.
    TemplateId,
    /// One version of a template.
    TemplateVersionId,
    /// A person or service account.
    UserId,
    /// The chat worker of one replica.
    WorkerId,
    /// A workspace.
    WorkspaceId,
}

macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self).map_err(|_| IdError { kind: stringify!($name) })
            }
        }
    )*};
}

row_ids! {
    /// A message; grows in commit order within one chat, never compare between chats.
    MessageId,
    /// A queued message.
    QueueId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Micros, MockClock};

    #[test]
    fn ids_made_later_sort_later() {
        let mock = MockClock::new(Micros(1_000_000));
        let first = ChatId::new(&mock.clock());
        mock.advance(std::time::Duration::from_millis(1));
        assert!(ChatId::new(&mock.clock()) > first);
    }

    #[test]
    fn wrong_id_names_its_kind() {
        let error = ChatId::from_str("x").unwrap_err();
        assert_eq!(error.to_string(), "not a valid ChatId");
    }
}
