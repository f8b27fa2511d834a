//! The one mapping from failures to HTTP.
//!
//! Three families (`docs/errors-and-logging.md`): *rejected*, which the caller can fix (4xx);
//! *unavailable*, which may work later (503); *internal*, which is our bug (500, logged once
//! here with its causes). Nothing of a cause ever reaches the body.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use muster_api::{ErrorBody, Validation};
use muster_chat_engine::{self as chat_engine, UsageLimitReached};
use muster_chat_state::{self as chat_state, Reason, ShareError, State, Transition};
use muster_store::groups::GroupError;
use muster_store::login_links::RedeemError;
use muster_store::organization_members::MemberError;
use muster_store::providers::ProviderError;
use muster_store::users::CreateError;
use muster_store::{self as store, Family};

use crate::auth::{password, token};
use crate::{request_id, views};

mod workspace;

/// What handlers return.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure on its way to the client.
#[derive(Debug)]
pub(crate) struct Error {
    status: StatusCode,
    body: Box<ErrorBody>,
    retry_after: Option<Duration>,
    /// What a spending limit adds to the body.
    usage: Option<Box<UsageLimitReached>>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            body: Box::new(ErrorBody {
                message: message.into(),
                ..ErrorBody::default()
            }),
            retry_after: None,
            usage: None,
            cause: None,
        }
    }

    /// 400.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400 that names a field.
    pub(crate) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::validations(vec![Validation::new(field, detail)])
    }

    /// 400 that names several fields.
    pub(crate) fn validations(validations: Vec<Validation>) -> Self {
        let mut error = Self::bad_request("The request is not valid.");
        let lines = validations
            .iter()
            .map(|one| format!("{}: {}", one.field, one.detail));
        error.body.detail = Some(lines.collect::<Vec<_>>().join("; "));
        error.body.validations = validations;
        error
    }

    /// 401: whoever asks is not signed in.
    pub(crate) fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "You are signed out or your session has expired. Please sign in.",
        )
    }

    /// 403.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404: it does not exist, or not for this caller.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Not found, or you don't have access to it.",
        )
    }

    /// 409.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 429.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests. Please wait a moment.",
        );
        error.retry_after = Some(wait);
        error
    }

    /// 500: our bug.
    pub(crate) fn internal(cause: impl StdError + Send + Sync + 'static) -> Self {
        let mut error = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side.",
        );
        error.cause = Some(Box::new(cause));
        error
    }

    /// 503: later.
    pub(crate) fn unavailable(cause: impl StdError + Send + Sync + 'static) -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server is too busy or still starting.",
        );
        error.retry_after = Some(Duration::from_secs(1));
        error.cause = Some(Box::new(cause));
        error
    }

    /// We could not find out who asks: never 401, or one lost connection to the database
    /// would sign everybody out (F53).
    pub(crate) fn authentication_failed(cause: store::Error) -> Self {
        if matches!(cause, store::Error::Busy) {
            return Self::unavailable(cause);
        }
        Self::internal(cause)
    }

    /// Adds what the author of the request should know.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.body.detail = Some(detail.into());
        self
    }

    /// Names a field beside the message.
    pub(crate) fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.body.validations.push(Validation::new(field, detail));
        self
    }

    /// The status.
    #[cfg(test)]
    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    /// The body, for a socket that is open already; logs like [`IntoResponse`].
    pub(crate) fn into_body(self) -> ErrorBody {
        self.log();
        let mut body = *self.body;
        body.request_id = request_id::current();
        body
    }

    fn log(&self) {
        let Some(cause) = &self.cause else { return };
        let chain = Chain(cause.as_ref());
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = %chain, "request failed");
        } else {
            tracing::warn!(error = %chain, http.status = self.status.as_u16(), "request refused");
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status, self.retry_after);
        let usage = self.usage.clone();
        let body = self.into_body();
        let mut response = match usage {
            Some(reached) => {
                let body = views::usage::refusal(body.message, body.request_id, &reached);
                (status, Json(body)).into_response()
            }
            None => (status, Json(body)).into_response(),
        };
        if let Some(wait) = retry_after {
            let seconds = wait.as_millis().div_ceil(1_000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(RETRY_AFTER, value);
            }
        }
        response
    }
}

/// An error with everything that caused it, in one line.
struct Chain<'e>(&'e (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl From<store::Error> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the family decides for the rest"
    )]
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound { what: _ } => Self::not_found(),
            store::Error::Denied(denied) if denied.hidden => Self::not_found(),
            store::Error::Denied(_) => Self::forbidden("You are not allowed to do this."),
            store::Error::Unique { .. } => Self::conflict("It exists already."),
            store::Error::Reference { .. } => {
                Self::conflict("It is in use, or not there any more.")
            }
            other => match other.family() {
                Family::Rejected => Self::bad_request("The request is not valid."),
                Family::Unavailable => Self::unavailable(other),
                Family::Internal => Self::internal(other),
            },
        }
    }
}

impl From<CreateError> for Error {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::FirstUserExists => {
                Self::conflict("The first user has already been created.")
            }
            CreateError::EmailTaken => {
                Self::conflict("A user with this email address exists.").field("email", "is taken")
            }
            CreateError::UsernameTaken => {
                Self::conflict("A user with this name exists.").field("username", "is taken")
            }
            CreateError::Store(error) => error.into(),
        }
    }
}

impl From<RedeemError> for Error {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Invalid => Self::new(
                StatusCode::UNAUTHORIZED,
                "This login link is not valid any more. Start the server again for a new one.",
            ),
            RedeemError::Create(error) => error.into(),
            RedeemError::Store(error) => error.into(),
        }
    }
}

impl From<GroupError> for Error {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::NameTaken => {
                Self::conflict("A group with this name exists.").field("name", "is taken")
            }
            GroupError::TooMany => Self::conflict("The organization has too many groups."),
            GroupError::Everyone => Self::bad_request(
                "The group of everybody keeps its name and its members, and can't be deleted.",
            ),
            GroupError::NoSuchMember(id) => {
                Self::invalid("add_users", format!("{id} is nobody in this organization"))
            }
            GroupError::Store(error) => error.into(),
        }
    }
}

impl From<MemberError> for Error {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::Member => Self::conflict("They belong to the organization already."),
            MemberError::NoMember => Self::not_found(),
            MemberError::Oneself => {
                Self::bad_request("You can't remove yourself from the organization.")
                    .field("user", "is yourself")
            }
            MemberError::Store(error) => error.into(),
        }
    }
}

impl From<ProviderError> for Error {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Exists => {
                Self::conflict("This provider is configured already.").field("provider", "exists")
            }
            ProviderError::InUse => {
                Self::conflict("Enabled models use this provider. Disable or delete them first.")
            }
            ProviderError::NeedsBaseUrl => {
                Self::invalid("base_url", "is required for this provider")
            }
            ProviderError::Store(error) => error.into(),
        }
    }
}

impl From<chat_state::Error> for Error {
    fn from(error: chat_state::Error) -> Self {
        match error {
            chat_state::Error::Rejected {
                transition: Transition::DeleteQueued | Transition::PromoteQueued,
                from,
                reason: Reason::NotInThisState,
            } if has_empty_queue(from) => Self::not_found(),
            chat_state::Error::Rejected {
                transition: _,
                from: _,
                reason,
            } => Self::rejected(reason),
            chat_state::Error::QueueFull => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "The queue is full. Wait for the chat to take a message from it.",
            ),
            chat_state::Error::NoSuchQueued | chat_state::Error::NoSuchMessage => Self::not_found(),
            chat_state::Error::NotAUserMessage => {
                Self::bad_request("Only a message that a person sent can be edited.")
                    .field("message", "is not a message of a person")
            }
            // It was there when the request was checked: a race with another chat.
            chat_state::Error::NoSuchFile => Self::invalid("content", "names no file of yours"),
            // Only workers are fenced, so a request that meets this has lost a race.
            chat_state::Error::Stale => Self::conflict("The chat has changed meanwhile."),
            chat_state::Error::Store(error) => error.into(),
            chat_state::Error::IllegalEnd { end: _ } | chat_state::Error::Content(_) => {
                Self::internal(error)
            }
        }
    }
}

/// Whether nothing waits in this state, so that no id of something that waits can be right.
const fn has_empty_queue(state: State) -> bool {
    matches!(
        state,
        State::Waiting
            | State::Error
            | State::Running
            | State::Interrupting
            | State::RequiresAction
    )
}

impl From<ShareError> for Error {
    fn from(error: ShareError) -> Self {
        match error {
            ShareError::NotARoot => {
                Self::bad_request("A subagent is shared with the chat above it.")
                    .field("chat", "is a subagent's")
            }
            ShareError::NoSuchUser(id) => Self::invalid(
                "user_roles",
                format!("{id} is nobody else in the chat's organization"),
            ),
            ShareError::NoSuchGroup(id) => Self::invalid(
                "group_roles",
                format!("{id} is no group of the chat's organization"),
            ),
            ShareError::TooMany => Self::conflict("The chat is shared with too many."),
            ShareError::Machine(error) => error.into(),
        }
    }
}

impl Error {
    /// 409: the chat is in a state that does not allow it.
    fn rejected(reason: Reason) -> Self {
        let message = match reason {
            Reason::AlreadyArchived => "The chat is archived already.",
            Reason::NotArchived => "The chat is not archived.",
            Reason::FamilyActive => "Interrupt the chat before archiving it.",
            Reason::ParentArchived => "The chat above this one is archived.",
            Reason::TooDeep => "A subagent can't have subagents of its own.",
            Reason::TooManySubagents => "The chat has as many subagents as it may have.",
            Reason::NothingToCompact => "There is nothing to compact.",
            Reason::NotInThisState
            | Reason::UnansweredCalls
            | Reason::NoOpenCalls
            | Reason::CallsDoNotFit
            | Reason::NoAttempt
            | Reason::Owned => "The chat's state does not allow this now.",
        };
        Self::conflict(message).detail(reason.as_str())
    }
}

impl From<chat_engine::Error> for Error {
    fn from(error: chat_engine::Error) -> Self {
        match error {
            chat_engine::Error::Cursor(_) => Self::invalid("cursor", "is no cursor of this chat"),
            chat_engine::Error::TitleUnderWay => {
                Self::conflict("Finding a title for this chat is already running.")
            }
            chat_engine::Error::NoTitle(failure) => {
                let refused = Self::new(StatusCode::BAD_GATEWAY, failure.terminal());
                match failure.detail {
                    Some(detail) => refused.detail(detail),
                    None => refused,
                }
            }
            chat_engine::Error::Closing => Self::unavailable(error),
            chat_engine::Error::NotAPerson => Self::forbidden("Only a person has chats."),
            chat_engine::Error::Machine(error) => error.into(),
            chat_engine::Error::Store(error) => error.into(),
            chat_engine::Error::Spilled(_) => Self::internal(error),
        }
    }
}

impl From<UsageLimitReached> for Error {
    fn from(reached: UsageLimitReached) -> Self {
        let mut error = Self::conflict(
            "The spending limit is reached. Nothing more can be started before it resets.",
        );
        error.usage = Some(Box::new(reached));
        error
    }
}

impl From<password::Error> for Error {
    fn from(error: password::Error) -> Self {
        Self::internal(error)
    }
}

impl From<token::NoRandom> for Error {
    fn from(error: token::NoRandom) -> Self {
        Self::internal(error)
    }
}
