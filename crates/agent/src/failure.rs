//! Why a call is refused or fails, as the server is told.

use std::io;

use muster_agent_link::wire::{Code, ErrorBody, StoredAnswer};

/// A call's failure: a code for the program, a sentence for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The kind.
    pub code: Code,
    /// Can be shown to the model; never holds a secret.
    pub message: String,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    /// An operating system's error about `subject`, mostly a path.
    pub(crate) fn io(subject: &str, error: &io::Error) -> Self {
        let code = match error
            .raw_os_error()
            .map(rustix::io::Errno::from_raw_os_error)
        {
            Some(rustix::io::Errno::NOENT) => Code::NotFound,
            Some(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM | rustix::io::Errno::LOOP) => {
                Code::Forbidden
            }
            Some(
                rustix::io::Errno::NOTDIR
                | rustix::io::Errno::ISDIR
                | rustix::io::Errno::NAMETOOLONG
                | rustix::io::Errno::INVAL,
            ) => Code::BadRequest,
            Some(rustix::io::Errno::NOSPC | rustix::io::Errno::DQUOT) => Code::Unavailable,
            _ => Code::Internal,
        };
        Self::new(code, format!("{subject}: {error}"))
    }

    pub(crate) fn body(&self) -> ErrorBody {
        ErrorBody {
            message: self.message.clone(),
            code: self.code,
        }
    }

    pub(crate) fn answer(&self) -> StoredAnswer {
        StoredAnswer {
            status: self.code.status(),
            body: serde_json::to_value(self.body()).unwrap_or_default(),
        }
    }
}
