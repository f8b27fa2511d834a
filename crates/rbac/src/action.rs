//! What can be done to an object.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $wire:literal),* $(,)?) => {
        /// One thing that can be done to an object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Action {
            $($(#[$doc])* $name),*
        }

        impl Action {
            /// Every action, in the order of the policy table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The wire form, as API key scopes spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),* }
            }

            /// Reads the wire form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($wire => Some(Self::$name),)* _ => None }
            }
        }
    };
}

actions! {
    /// Bring a new object into being.
    Create = "create",
    /// See it.
    Read = "read",
    /// Change it.
    Update = "update",
    /// Remove it.
    Delete = "delete",
    /// Make use of it: start a workspace from a template.
    Use = "use",
    /// Run commands in a workspace.
    Ssh = "ssh",
    /// Open an application of a workspace.
    ApplicationConnect = "application_connect",
    /// Start a workspace.
    Start = "start",
    /// Stop a workspace.
    Stop = "stop",
    /// Let others have it.
    Share = "share",
    /// See a person's own settings, keys and profile.
    ReadPersonal = "read_personal",
    /// Change a person's own settings, keys and profile.
    UpdatePersonal = "update_personal",
    /// Give a role.
    Assign = "assign",
    /// Take a role away.
    Unassign = "unassign",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Actions(u32);

impl Actions {
    /// No action.
    pub const NONE: Self = Self(0);
    /// Every action.
    pub const ALL: Self = Self::of(Action::ALL);
    /// Create, read, update and delete.
    pub const CRUD: Self =
        Self::of(&[Action::Create, Action::Read, Action::Update, Action::Delete]);
    /// Read alone.
    pub const READ: Self = Self::of(&[Action::Read]);

    /// The set of the given actions.
    #[must_use]
    pub const fn of(mut list: &[Action]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = list {
            bits |= 1 << *first as u32;
            list = rest;
        }
        Self(bits)
    }

    /// Whether the action is in the set.
    #[must_use]
    pub const fn has(self, action: Action) -> bool {
        self.0 & (1 << action as u32) != 0
    }

    /// What is in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("*");
        }
        if *self == Self::NONE {
            return f.write_str("-");
        }
        let words = Action::ALL.iter().filter(|action| self.has(**action));
        for (index, action) in words.enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{action}")?;
        }
        Ok(())
    }
}
