//! What can go wrong with a workspace.

use muster_store::Family;

use crate::DocumentError;

/// A parameter value that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterProblem {
    /// Which parameter.
    pub name: String,
    /// What the value would have to be.
    pub problem: String,
}

/// A request about workspaces failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store refused or failed it.
    #[error(transparent)]
    Store(#[from] muster_store::Error),
    /// The name breaks the rules for names.
    #[error("a workspace name has 1 to 32 letters, digits and single inner dashes")]
    NameInvalid,
    /// The owner has a workspace of this name.
    #[error("a workspace named `{name}` already exists")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The template may not be used for new workspaces.
    #[error("the template is deprecated: {reason}")]
    TemplateDeprecated {
        /// Its administrator's words.
        reason: String,
    },
    /// The template was deleted.
    #[error("the template was deleted")]
    TemplateDeleted,
    /// Parameter values were refused.
    #[error("parameter values were refused")]
    Parameters(Vec<ParameterProblem>),
    /// Another build of the workspace has not ended yet.
    #[error("a build of this workspace is already in progress")]
    BuildActive,
    /// The workspace was deleted.
    #[error("the workspace was deleted")]
    Deleted,
    /// The build's job has ended, so there is nothing to cancel.
    #[error("the build has already ended")]
    BuildEnded,
    /// A stored template document does not parse any more.
    #[error("the stored template document can't be used")]
    Document(#[source] DocumentError),
    /// A stored job has an input that is not ours.
    #[error("the stored job can't be read")]
    JobInput(#[source] serde_json::Error),
    /// The system gave no random bytes for a token.
    #[error("the system gave no random bytes")]
    NoRandomness(#[source] getrandom::Error),
}

impl Error {
    /// Whose problem this is.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Store(error) => error.family(),
            Self::NameInvalid
            | Self::NameTaken { name: _ }
            | Self::TemplateDeprecated { reason: _ }
            | Self::TemplateDeleted
            | Self::Parameters(_)
            | Self::BuildActive
            | Self::Deleted
            | Self::BuildEnded => Family::Rejected,
            Self::Document(_) | Self::JobInput(_) | Self::NoRandomness(_) => Family::Internal,
        }
    }
}
