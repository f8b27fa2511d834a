//! What can go wrong between "start this workspace" and a running sandbox.

use std::io;

use super::Level;

/// A failure of the sandbox, naming the step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One step of setting up isolation was refused by the system.
    #[error("sandbox step `{step}` failed")]
    Step {
        /// The step, in the words of the isolation report.
        step: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The launcher or the supervisor reported a failure over its control pipe.
    #[error("the sandbox did not start: {step}: {reason}")]
    Refused {
        /// The step that failed.
        step: String,
        /// The reason with its remedy.
        reason: String,
    },
    /// The machine cannot give the level that was asked for.
    #[error("sandbox level `{wanted}` is not reachable here: {reason}")]
    Level {
        /// The level that the deployment or the template requires.
        wanted: Level,
        /// Which layer is missing and what to do.
        reason: String,
    },
    /// A running server process that is root must hand every workspace its own uid.
    #[error("the server runs as root, so every workspace needs a uid of the sandbox range")]
    UidMissing,
    /// No uid of the configured range is free.
    #[error("every uid of the sandbox range {first}-{last} is in use")]
    UidsExhausted {
        /// First uid of the range.
        first: u32,
        /// Last uid of the range.
        last: u32,
    },
    /// The rules of the Landlock layer were refused.
    #[error("the Landlock rules could not be applied")]
    Landlock(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The kernel enforces fewer Landlock rules than the level promises.
    #[error("the kernel does not enforce Landlock; it needs Linux 5.13 with `landlock` in `lsm=`")]
    LandlockMissing,
    /// The system-call filter was refused.
    #[error("the system-call filter could not be applied")]
    Seccomp(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A document that one process hands to the next does not parse.
    #[error("the `{what}` document is malformed")]
    Document {
        /// Which document.
        what: &'static str,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A hidden subcommand was called with other arguments than we pass.
    #[error("`{0}` is an internal command and was called with unexpected arguments")]
    Arguments(&'static str),
    /// The supervisor of this workspace does not answer: it ended, and the sandbox with it.
    #[error("the workspace's supervisor is gone")]
    SupervisorGone(#[source] io::Error),
    /// The supervisor or the sandbox took too long.
    #[error(transparent)]
    Elapsed(#[from] muster_base::Elapsed),
}

/// Attaches the name of the step to a system error.
pub(crate) trait AtStep<T> {
    /// Names the step that failed.
    fn at(self, step: &'static str) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> AtStep<T> for Result<T, E> {
    fn at(self, step: &'static str) -> Result<T, Error> {
        self.map_err(|error| Error::Step {
            step,
            source: error.into(),
        })
    }
}

impl Error {
    /// The failed step and a sentence with the cause and, where we know one, the remedy.
    pub(crate) fn explain(&self) -> (String, String) {
        // Explained already, by the process in which it happened.
        if let Self::Refused { step, reason } = self {
            return (step.clone(), reason.clone());
        }
        let mut reason = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            reason = format!("{reason}: {error}");
            cause = error.source();
        }
        if let Self::Step { step, source } = self {
            if let Some(remedy) = super::remedy::for_step(step, source) {
                reason = format!("{reason}; {remedy}");
            }
            return ((*step).to_owned(), reason);
        }
        ("sandbox".to_owned(), reason)
    }
}
