//! The states of a chat's execution and the transitions between them.

pub use muster_store::chats::ChatStatus;

/// Execution state: status × "is the queue empty?" × archived.
///
/// The pairs differ by the queue. There is no "waiting with a queue": whatever waits behind a
/// run is promoted when that run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// No row.
    None,
    /// Nothing runs, nothing waits.
    Waiting,
    /// The last run failed.
    Error,
    /// The last run failed and messages wait behind it.
    ErrorQueued,
    /// A turn runs, or waits for a worker.
    Running,
    RunningQueued,
    /// A turn is being stopped.
    Interrupting,
    InterruptingQueued,
    /// A turn waits for a client to answer its tool calls.
    RequiresAction,
    RequiresActionQueued,
    ArchivedWaiting,
    ArchivedError,
    ArchivedErrorQueued,
    /// A row that no transition can have written.
    Invalid,
}

/// What may happen to a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transition {
    Create,
    SendQueue,
    SendInterrupt,
    EditMessage,
    DeleteQueued,
    PromoteQueued,
    Interrupt,
    CompleteRequiresAction,
    Archive,
    Unarchive,
    RequestCompaction,
    ClearContext,
    Acquire,
    Abandon,
    RecordGenerationAttempt,
    RecordRetryState,
    CommitStep,
    EnterRequiresAction,
    FinishTurn,
    FinishInterruption,
    FinishError,
    CancelRequiresAction,
    ReconcileInvalidState,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 14] = [
        Self::None,
        Self::Waiting,
        Self::Error,
        Self::ErrorQueued,
        Self::Running,
        Self::RunningQueued,
        Self::Interrupting,
        Self::InterruptingQueued,
        Self::RequiresAction,
        Self::RequiresActionQueued,
        Self::ArchivedWaiting,
        Self::ArchivedError,
        Self::ArchivedErrorQueued,
        Self::Invalid,
    ];

    /// The short name used in the published table.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "N",
            Self::Waiting => "W",
            Self::Error => "E0",
            Self::ErrorQueued => "E1",
            Self::Running => "R0",
            Self::RunningQueued => "R1",
            Self::Interrupting => "I0",
            Self::InterruptingQueued => "I1",
            Self::RequiresAction => "A0",
            Self::RequiresActionQueued => "A1",
            Self::ArchivedWaiting => "XW",
            Self::ArchivedError => "XE0",
            Self::ArchivedErrorQueued => "XE1",
            Self::Invalid => "Invalid",
        }
    }

    /// Whether a worker has something to do.
    #[must_use]
    pub const fn is_runnable(self) -> bool {
        match self {
            Self::Running
            | Self::RunningQueued
            | Self::Interrupting
            | Self::InterruptingQueued
            | Self::RequiresAction
            | Self::RequiresActionQueued => true,
            Self::None
            | Self::Waiting
            | Self::Error
            | Self::ErrorQueued
            | Self::ArchivedWaiting
            | Self::ArchivedError
            | Self::ArchivedErrorQueued
            | Self::Invalid => false,
        }
    }

    /// What the state means, in the words of the published table.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::None => "no row",
            Self::Waiting => "waiting for the user",
            Self::Error => "the last run failed",
            Self::ErrorQueued => "the last run failed, messages wait",
            Self::Running => "a turn runs",
            Self::RunningQueued => "a turn runs, messages wait",
            Self::Interrupting => "a turn is being stopped",
            Self::InterruptingQueued => "a turn is being stopped, messages wait",
            Self::RequiresAction => "a client must answer tool calls",
            Self::RequiresActionQueued => "a client must answer tool calls, messages wait",
            Self::ArchivedWaiting => "archived, was waiting",
            Self::ArchivedError => "archived, had failed",
            Self::ArchivedErrorQueued => "archived, had failed, messages wait",
            Self::Invalid => "a row that no transition can have written",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Transition {
    /// Every transition, in the order of the published table.
    pub const ALL: [Self; 23] = [
        Self::Create,
        Self::SendQueue,
        Self::SendInterrupt,
        Self::EditMessage,
        Self::DeleteQueued,
        Self::PromoteQueued,
        Self::Interrupt,
        Self::CompleteRequiresAction,
        Self::Archive,
        Self::Unarchive,
        Self::RequestCompaction,
        Self::ClearContext,
        Self::Acquire,
        Self::Abandon,
        Self::RecordGenerationAttempt,
        Self::RecordRetryState,
        Self::CommitStep,
        Self::EnterRequiresAction,
        Self::FinishTurn,
        Self::FinishInterruption,
        Self::FinishError,
        Self::CancelRequiresAction,
        Self::ReconcileInvalidState,
    ];

    /// The name used in the published table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::SendQueue => "SendMessage(queue)",
            Self::SendInterrupt => "SendMessage(interrupt)",
            Self::EditMessage => "EditMessage",
            Self::DeleteQueued => "DeleteQueued",
            Self::PromoteQueued => "PromoteQueued",
            Self::Interrupt => "Interrupt",
            Self::CompleteRequiresAction => "CompleteRequiresAction",
            Self::Archive => "SetArchived(true)",
            Self::Unarchive => "SetArchived(false)",
            Self::RequestCompaction => "RequestCompaction",
            Self::ClearContext => "ClearContext",
            Self::Acquire => "Acquire",
            Self::Abandon => "Abandon",
            Self::RecordGenerationAttempt => "RecordGenerationAttempt",
            Self::RecordRetryState => "RecordRetryState",
            Self::CommitStep => "CommitStep",
            Self::EnterRequiresAction => "EnterRequiresAction",
            Self::FinishTurn => "FinishTurn",
            Self::FinishInterruption => "FinishInterruption",
            Self::FinishError => "FinishError",
            Self::CancelRequiresAction => "CancelRequiresAction",
            Self::ReconcileInvalidState => "ReconcileInvalidState",
        }
    }
}

impl std::fmt::Display for Transition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The state of a row. Total: what no transition writes is [`State::Invalid`], never a panic.
#[must_use]
pub const fn classify(status: ChatStatus, archived: bool, queue_len: usize) -> State {
    match (status, archived, queue_len == 0) {
        (ChatStatus::Waiting, false, true) => State::Waiting,
        (ChatStatus::Waiting, true, true) => State::ArchivedWaiting,
        (ChatStatus::Error, false, true) => State::Error,
        (ChatStatus::Error, false, false) => State::ErrorQueued,
        (ChatStatus::Error, true, true) => State::ArchivedError,
        (ChatStatus::Error, true, false) => State::ArchivedErrorQueued,
        (ChatStatus::Running, false, true) => State::Running,
        (ChatStatus::Running, false, false) => State::RunningQueued,
        (ChatStatus::Interrupting, false, true) => State::Interrupting,
        (ChatStatus::Interrupting, false, false) => State::InterruptingQueued,
        (ChatStatus::RequiresAction, false, true) => State::RequiresAction,
        (ChatStatus::RequiresAction, false, false) => State::RequiresActionQueued,
        (ChatStatus::Waiting, false | true, false)
        | (
            ChatStatus::Running | ChatStatus::Interrupting | ChatStatus::RequiresAction,
            true,
            false | true,
        ) => State::Invalid,
    }
}
