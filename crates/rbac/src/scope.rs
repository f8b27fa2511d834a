//! What an API key may be used for; intersected with what its owner may do.

use std::str::FromStr;

use crate::action::{Action, Actions};
use crate::resource::ResourceKind;

/// One scope of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything the owner may do: browser sessions have it.
    All,
    /// Opening applications of workspaces, nothing else.
    ApplicationConnect,
    /// One action (or every action) on one kind of object.
    Only(ResourceKind, Option<Action>),
}

/// A text that names no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such scope")]
pub struct UnknownScope;

impl Scope {
    const fn actions(self, on: ResourceKind) -> Actions {
        match self {
            Self::All => Actions::ALL,
            Self::ApplicationConnect => match on {
                ResourceKind::Workspace => Actions::of(&[Action::Read, Action::ApplicationConnect]),
                ResourceKind::User
                | ResourceKind::UserPersonal
                | ResourceKind::ApiKey
                | ResourceKind::RoleAssignment
                | ResourceKind::Organization
                | ResourceKind::Group
                | ResourceKind::Template
                | ResourceKind::File
                | ResourceKind::Job
                | ResourceKind::Chat
                | ResourceKind::DeploymentConfig
                | ResourceKind::UsageLimit
                | ResourceKind::Usage
                | ResourceKind::ModelCatalogue
                | ResourceKind::Debug => Actions::NONE,
            },
            Self::Only(kind, action) if kind as u8 == on as u8 => match action {
                Some(action) => Actions::of(&[action]),
                None => Actions::ALL,
            },
            Self::Only(_, _) => Actions::NONE,
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        match text {
            "all" => return Ok(Self::All),
            "application_connect" => return Ok(Self::ApplicationConnect),
            _ => {}
        }
        let (kind, action) = text.split_once(':').ok_or(UnknownScope)?;
        let kind = ResourceKind::parse(kind).ok_or(UnknownScope)?;
        match action {
            "*" => Ok(Self::Only(kind, None)),
            one => Action::parse(one)
                .map(|action| Self::Only(kind, Some(action)))
                .ok_or(UnknownScope),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::ApplicationConnect => f.write_str("application_connect"),
            Self::Only(kind, Some(action)) => write!(f, "{kind}:{action}"),
            Self::Only(kind, None) => write!(f, "{kind}:*"),
        }
    }
}

/// The scopes of one key. None at all grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The scopes of a browser session.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![Scope::All])
    }

    /// Reads a key's stored list.
    ///
    /// # Errors
    /// [`UnknownScope`] when any entry names no scope.
    pub fn parse<'a>(list: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownScope> {
        list.into_iter()
            .map(Scope::from_str)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The scopes one by one.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    /// What the key may be used for on a kind of object.
    #[must_use]
    pub fn actions(&self, on: ResourceKind) -> Actions {
        let each = self.0.iter().map(|scope| scope.actions(on));
        each.fold(Actions::NONE, Actions::or)
    }
}
